// `teu volume`: docker's commands and words, and copies that docker has none of.
import { describe, expect } from "bun:test";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cli, cliTest, cliTests, ROOT } from "../cli/callers.ts";

const volumes = ({ roots }: Cli) => join(roots.root, "volumes");
const data = (cli: Cli, name: string) => join(volumes(cli), name, "_data");

/** What a command prints that succeeds. */
async function said(cli: Cli, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await cli.teu(["volume", ...args]);
  expect({ args, status, stderr }).toEqual({ args, status: 0, stderr: "" });
  return stdout;
}

/** What a command says that fails. */
async function refused(cli: Cli, ...args: readonly string[]): Promise<string> {
  const { status, stderr } = await cli.teu(["volume", ...args]);
  expect({ args, status }).toEqual({ args, status: 1 });
  return stderr;
}

/** Work on files as the caller, whose they then are. */
async function script(cli: Cli, text: string): Promise<void> {
  const { status, stderr } = await cli.run(["sh", "-ec", text]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
}

describe("a volume", () => {
  cliTests("is made, found made, listed, inspected and removed", async (cli) => {
    expect(await said(cli, "create", "data")).toBe("data\n");
    expect(await said(cli, "create", "data")).toBe("data\n");
    expect(await said(cli, "ls")).toBe("DRIVER    VOLUME NAME\nlocal     data\n");
    expect(JSON.parse(await said(cli, "inspect", "data"))).toEqual([
      {
        CreatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        Driver: "local",
        Labels: null,
        Mountpoint: data(cli, "data"),
        Name: "data",
        Options: null,
        Scope: "local",
      },
    ]);
    expect(readdirSync(data(cli, "data"))).toEqual([]);
    expect(await said(cli, "rm", "data")).toBe("data\n");
    expect(await said(cli, "ls", "-q")).toBe("");
    expect(readdirSync(volumes(cli))).toEqual([]);
  });

  cliTests("that is not there is told of, one after the other", async (cli) => {
    await said(cli, "create", "data");
    const { status, stdout, stderr } = await cli.teu(["volume", "rm", "none", "data"]);
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "data\n", stderr: "teu: get none: no such volume\n" });
    expect(await said(cli, "rm", "-f", "none")).toBe("none\n");
    expect(await refused(cli, "inspect", "none")).toBe("teu: get none: no such volume\n");
    expect(await refused(cli, "exists", "data")).toBe("");
    await said(cli, "create", "data");
    expect(await said(cli, "exists", "data")).toBe("");
  });

  cliTests("without a name gets one, and goes with a prune; one with a name stays", async (cli) => {
    const name = (await said(cli, "create", "--label", "a=b")).trim();
    expect(name).toMatch(/^[0-9a-f]{64}$/);
    await said(cli, "create", "data");
    writeFileSync(join(data(cli, name), "file"), "12345");
    expect(await said(cli, "prune", "-f", "--filter", "label=c")).toBe("Total reclaimed space: 0B\n");
    expect(await said(cli, "prune", "-f")).toBe(`Deleted Volumes:\n${name}\n\nTotal reclaimed space: 5B\n`);
    expect(await said(cli, "ls", "-q")).toBe("data\n");
    expect(await said(cli, "prune", "--all", "--force")).toBe("Deleted Volumes:\ndata\n\nTotal reclaimed space: 0B\n");
  });

  cliTest(ROOT, "is found by filters, and shown through templates", async (cli) => {
    await said(cli, "create", "--label", "tier=db", "one");
    await said(cli, "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=1m", "two");
    for (const [filter, names] of [
      ["label=tier", ["one"]],
      ["label=tier=web", []],
      ["label!=tier", ["two"]],
      ["name=w", ["two"]],
      ["driver=local", ["one", "two"]],
      ["dangling=true", ["one", "two"]],
      ["dangling=0", []],
    ] as const) {
      expect((await said(cli, "ls", "-q", "--filter", filter)).split("\n").filter(Boolean)).toEqual([...names]);
    }
    expect(await said(cli, "ls", "--format", "{{.Name}} {{.Scope}} {{.Labels}}")).toBe("one local tier=db\ntwo local \n");
    expect(await said(cli, "inspect", "--format", "{{.Options.o}}", "two")).toBe("size=1m\n");
    expect(await refused(cli, "ls", "--filter", "dangling=perhaps")).toContain("invalid filter 'dangling=perhaps'");
    expect(await refused(cli, "ls", "--filter", "size=1")).toContain("invalid filter 'size'");
  });

  cliTest(ROOT, "is refused where it cannot be what is asked for", async (cli) => {
    await said(cli, "create", "data");
    expect(await refused(cli, "create", "a/b")).toContain('create a/b: "a/b" includes invalid characters for a local volume name');
    expect(await refused(cli, "create", "--driver", "ceph", "one")).toContain("there is no volume driver");
    expect(await refused(cli, "create", "--opt", "size=1g", "one")).toContain("project quotas");
    expect(await refused(cli, "create", "--opt", "type=nfs", "one")).toContain('missing required option: "device"');
    expect(await refused(cli, "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", "data")).toContain("with other options");
    expect(await said(cli, "ls", "-q")).toBe("data\n");
  });
});

describe("a copy of a volume", () => {
  cliTests("has all that is in it", async (cli) => {
    await said(cli, "create", "data");
    const from = data(cli, "data");
    await script(
      cli,
      `cd '${from}'; mkdir -m 750 dir; head -c 100000 /dev/zero > dir/file; chmod 640 dir/file; ln dir/file name; ln -s dir/file link; mkfifo pipe; truncate -s 64M holes; echo end >> holes`,
    );
    expect(await said(cli, "cp", "data", "other")).toBe("other\n");
    const to = data(cli, "other");
    expect(readdirSync(to).toSorted()).toEqual(["dir", "holes", "link", "name", "pipe"]);
    expect(statSync(join(to, "dir")).mode & 0o7777).toBe(0o750);
    expect(statSync(join(to, "name")).ino).toBe(statSync(join(to, "dir/file")).ino);
    expect(statSync(join(to, "name")).mtimeMs).toBe(statSync(join(from, "name")).mtimeMs);
    expect(readFileSync(join(to, "link"))).toEqual(Buffer.alloc(100_000));
    expect(statSync(join(to, "pipe")).isFIFO()).toBe(true);
    expect([statSync(join(to, "holes")).size, statSync(join(to, "holes")).blocks < 100]).toEqual([64 * 1024 ** 2 + 4, true]);
    expect(await refused(cli, "cp", "data", "other")).toContain("there is a volume other");
    expect(readdirSync(volumes(cli)).toSorted()).toEqual(["data", "other"]);
  });

  cliTests("is a snapshot that says of what and when", async (cli) => {
    await said(cli, "create", "data");
    writeFileSync(join(data(cli, "data"), "file"), "then");
    const name = (await said(cli, "snapshot", "data")).trim();
    expect(name).toMatch(/^data-\d{8}-\d{6}$/);
    writeFileSync(join(data(cli, "data"), "file"), "now");
    expect(readFileSync(join(data(cli, name), "file"), "utf8")).toBe("then");
    expect(await said(cli, "ls", "-q", "--filter", "label=teu.snapshot.of=data")).toBe(`${name}\n`);
    expect(await said(cli, "snapshot", "data", "kept")).toBe("kept\n");
  });

  cliTests("goes out as a tar and comes in again", async (cli) => {
    await said(cli, "create", "data");
    writeFileSync(join(data(cli, "data"), ".wh.file"), "a name like any other");
    const tar = cli.roots.path("root", "data.tar");
    expect(await said(cli, "export", "-o", tar, "data")).toBe("");
    await said(cli, "create", "other");
    expect(await said(cli, "import", "other", tar)).toBe("");
    expect(readdirSync(data(cli, "other"))).toEqual([".wh.file"]);
    expect(await refused(cli, "import", "none", tar)).toContain("no such volume");
    expect(await refused(cli, "import", "other", `${tar}.none`)).toContain("ENOENT");
  });
});

cliTests("a volume gets another name", async (cli) => {
  await said(cli, "create", "--label", "a=b", "data");
  writeFileSync(join(data(cli, "data"), "file"), "kept");
  await said(cli, "create", "taken");
  expect(await refused(cli, "mv", "data", "taken")).toContain("there is a volume taken");
  expect(await said(cli, "mv", "data", "other")).toBe("other\n");
  expect(await said(cli, "ls", "-q")).toBe("other\ntaken\n");
  expect(readFileSync(join(data(cli, "other"), "file"), "utf8")).toBe("kept");
  expect(await said(cli, "inspect", "--format", "{{.Labels.a}}", "other")).toBe("b\n");
});

describe("what killed commands leave", () => {
  cliTests("is finished or undone by the next one", async (cli) => {
    await said(cli, "create", "data");
    writeFileSync(join(data(cli, "data"), "file"), "kept");
    // Made, and not entered; retired, and still entered; retired, and entered no more.
    await script(cli, `cd '${volumes(cli)}'; mkdir -p begun/_data .removing-1/_data; mv data .removing-2`);
    expect(await said(cli, "ls", "-q")).toBe("data\n");
    expect(readFileSync(join(data(cli, "data"), "file"), "utf8")).toBe("kept");
    expect(readdirSync(volumes(cli))).toEqual(["data"]);
  });

  cliTests("is no reason to lose what was in a volume when the database is lost", async (cli) => {
    await said(cli, "create", "--label", "a=b", "data");
    await said(cli, "create", "empty");
    writeFileSync(join(data(cli, "data"), "file"), "kept");
    for (const name of readdirSync(cli.roots.root).filter((file) => file.startsWith("state.db"))) rmSync(join(cli.roots.root, name));
    expect(await said(cli, "ls", "-q")).toBe("data\n");
    expect(await said(cli, "inspect", "--format", "{{.Labels.a}}", "data")).toBe("b\n");
  });

  cliTests("does not keep a volume whose directory is lost from being one", async (cli) => {
    await said(cli, "create", "data");
    rmSync(join(volumes(cli), "data"), { recursive: true });
    expect(await said(cli, "ls", "-q")).toBe("data\n");
    expect(existsSync(data(cli, "data"))).toBe(true);
  });
});
