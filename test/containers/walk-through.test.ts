// The walk-through of the container textbook, word for word with `teu` in place of `docker`: what somebody does on the first day. The network is the
// host's, so that apt reaches its mirror; test/network/nginx.test.ts has the published port.
import { expect } from "bun:test";
import { writeFileSync } from "node:fs";
import { CALLERS, type Cli, cliTest } from "../cli/callers.ts";
import { startRegistry } from "../support/registry.ts";
import { debianRootfs } from "../support/rootfs.ts";
import { eventually, runOk } from "../support/run.ts";

const NAME = "test-nginx";
/** A small package that the base image does not have. */
const PACKAGE = "hello";

async function ok(cli: Cli, ...args: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await cli.teu(args, { timeoutMs: 120_000 });
  if (status !== 0) throw new Error(`teu ${args.join(" ")}: exit status ${status}\n${stdout}${stderr}`);
  return stdout.trimEnd();
}

async function importBase(cli: Cli): Promise<void> {
  const tar = cli.roots.path("base.tar");
  await runOk(["tar", "--create", "--file", tar, "--numeric-owner", "--directory", await debianRootfs(), "."]);
  expect(await ok(cli, "import", "--change", 'CMD ["bash"]', tar, "base:v1")).toMatch(/^sha256:[0-9a-f]{64}$/);
}

/** A shell inside, as somebody has it who types. */
async function installInside(cli: Cli): Promise<void> {
  await using terminal = cli.pty(["exec", "-it", NAME, "bash"]);
  await terminal.expect(/root@[^ ]+:\/# ?/);
  terminal.send(`apt-get -qq update && apt-get install -y ${PACKAGE} >/tmp/log 2>&1; echo "installed $?"\r`);
  await terminal.expect(/installed 0\r?\n/, 60_000);
  terminal.send(`${PACKAGE}; exit 3\r`);
  await terminal.expect("Hello, world!");
  expect(await terminal.exited).toBe(3);
}

async function move(cli: Cli): Promise<void> {
  await using registry = await startRegistry();
  const name = `${registry.host}/team/base:v2`;
  await ok(cli, "tag", "base:v2", name);
  await ok(cli, "push", "-q", name);
  await ok(cli, "rmi", name);
  await ok(cli, "pull", "-q", name);
  expect(await ok(cli, "run", "--rm", name, PACKAGE, "-g", "pulled")).toBe("pulled");
  await ok(cli, "rmi", name);
}

for (const caller of CALLERS)
  cliTest(caller, "the walk-through of the textbook", async (cli) => {
    await importBase(cli);
    const id = await ok(cli, "run", "-dt", "--name", NAME, "--network", "host", "base:v1");
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(await ok(cli, "ps", "--format", "{{.ID}} {{.Names}} {{.Image}} {{.State}}")).toBe(`${id.slice(0, 12)} ${NAME} base:v1 running`);
    await installInside(cli);

    await ok(cli, "commit", "-m", `with ${PACKAGE}`, NAME, "base:v2");
    expect((await ok(cli, "images", "--format", "{{.Repository}}:{{.Tag}}", "base")).split("\n").toSorted()).toEqual([
      "base:v1",
      "base:v2",
    ]);
    expect(await ok(cli, "history", "--format", "{{.Comment}}", "base:v2")).toStartWith(`with ${PACKAGE}\n`);
    expect(await ok(cli, "run", "--rm", "base:v2", PACKAGE, "-g", "committed")).toBe("committed");
    await move(cli);

    writeFileSync(cli.roots.path("sources.list"), "deb http://mirror.example/debian bookworm main\n");
    await ok(cli, "cp", cli.roots.path("sources.list"), `${NAME}:/etc/apt/sources.list`);
    expect(await ok(cli, "exec", NAME, "cat", "/etc/apt/sources.list")).toBe("deb http://mirror.example/debian bookworm main");
    await ok(cli, "cp", `${NAME}:/etc/apt/sources.list`, cli.roots.path("back"));
    expect(await Bun.file(cli.roots.path("back")).text()).toBe("deb http://mirror.example/debian bookworm main\n");

    expect(JSON.parse(await ok(cli, "inspect", NAME))).toMatchObject([
      { Id: id, Name: `/${NAME}`, State: { Status: "running", Running: true }, Config: { Image: "base:v1", Tty: true, Cmd: ["bash"] } },
    ]);
    const refused = await cli.teu(["rm", NAME]);
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toMatch(/container is running: stop the container before removing or force remove/);
    expect(await ok(cli, "rm", "-f", NAME)).toBe(NAME);
    expect(await ok(cli, "ps", "-aq")).toBe("");

    await ok(cli, "run", "--name", "talk", "base:v2", "sh", "-c", "echo one; echo two >&2; exit 4").catch(() => "");
    expect(await cli.teu(["logs", "talk"])).toEqual({ status: 0, stdout: "one\n", stderr: "two\n" });
    expect(await ok(cli, "ps", "-a", "--format", "{{.Names}} {{.Status}}")).toMatch(/^talk Exited \(4\) .* ago$/);
    await ok(cli, "rm", "talk");

    await ok(cli, "save", "-o", cli.roots.path("v2.tar"), "base:v2");
    await ok(cli, "rmi", "base:v2");
    await ok(cli, "load", "-q", "-i", cli.roots.path("v2.tar"));
    expect(await ok(cli, "run", "--rm", "base:v2", PACKAGE, "-g", "loaded")).toBe("loaded");
    await eventually("nothing is left", async () => (await ok(cli, "ps", "-aq")) === "");
  });
