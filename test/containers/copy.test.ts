// `teu cp` between a container and its host: docker's rules for paths, what a copy keeps, where it is refused.
import { expect } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { imageTests } from "../cli/image-cli.ts";
import { type CopyCli, onceEnded, whileRunning } from "./copy-cli.ts";

const TREE = "mkdir -p d/sub && echo one >d/one && ln d/one d/sub/again && ln -s one d/link && chmod 0640 d/one && chmod 0750 d/sub";

/** Names, kinds and modes below a directory. */
const LIST = "find . -mindepth 1 -printf '%P %y %m %l\\n' | LC_ALL=C sort";
const COPIED = ["link l 777 one", "one f 640 ", "sub d 750 ", "sub/again f 640 "];

async function listed(cli: CopyCli, directory: string): Promise<string[]> {
  return (await cli.script(`cd ${directory} && ${LIST}`)).split("\n").map((line) => (line.split(" ").length < 4 ? `${line} ` : line));
}

async function bothWays(cli: CopyCli): Promise<void> {
  const { name, copy, script } = cli;
  await script(TREE);
  await copy("d", `${name}:/srv`); // a new name
  await copy("d/", `${name}:/srv`); // into it
  await copy("d/.", `${name}:/tmp`); // contents
  await copy("d/one", `${name}:/srv/two`);
  await copy("d/link", `${name}:/srv/copied-link`);
  await copy("-L", "d/link", `${name}:/srv/followed`);
  await copy(`${name}:/srv/d`, "out");
  expect(await listed(cli, "out")).toEqual(COPIED);
  expect(await script("stat -c %h out/one")).toBe("2");
  await copy("d/one", `${name}:srv/d/`);
  await copy(`${name}:/srv`, "out");
  expect(await script("ls out/srv; readlink out/srv/copied-link; cat out/srv/followed; test ! -L out/srv/followed")).toContain("two");
  await script("mkdir contents");
  await copy(`${name}:/srv/d/.`, "contents");
  expect(await listed(cli, "contents")).toEqual(COPIED);
  await copy(`${name}:/srv/d/link`, "link");
  await copy("-L", `${name}:/srv/d/link`, "target");
  expect(await script("readlink link; cat target; test ! -L target")).toBe("one\none");
}

imageTests("cp copies files, directories and links into a container that runs, and out of it", async (cli) => {
  await whileRunning(cli, {}, bothWays);
});

imageTests("cp does the same with a container that has ended", async (cli) => {
  await onceEnded(cli, {}, bothWays);
});

imageTests("cp refuses as docker does", async (cli) => {
  await onceEnded(cli, { script: "mkdir /d /d/f; echo x >/f" }, async ({ name, cp, script }) => {
    await script("mkdir -p dir/f && echo x >f && mkdir x && touch x/d");
    const cases: readonly [readonly string[], string][] = [
      [["f", `${name}:/none/f`], `could not find the file /none in container ${name}`],
      [["f", `${name}:/none/`], "no such directory"],
      [["dir", `${name}:/f`], "cannot copy directory"],
      [["dir/.", `${name}:/f`], "cannot copy directory"],
      [["none", `${name}:/`], "no such file or directory"],
      [["f/", `${name}:/`], "not a directory"],
      [["f", `${name}:/d`], 'cannot overwrite directory "/d/f" with non-directory "/d"'],
      [["dir/.", `${name}:/`], 'cannot overwrite non-directory "/f" with directory "/"'],
      [[`${name}:/none`, "."], `could not find the file /none in container ${name}`],
      [[`${name}:/f/`, "."], `could not find the file /f/ in container ${name}`],
      [[`${name}:/d`, "f"], "cannot copy directory"],
      [[`${name}:/f`, "none/f"], "invalid output path: directory"],
      [[`${name}:/f`, "none/"], "no such directory"],
      [[`${name}:/d`, "x"], 'cannot overwrite non-directory "'],
      [["f", "g"], "must specify at least one container source"],
      [[`${name}:/f`, `${name}:/g`], "copying between containers is not supported"],
      [["f", "nobody:/"], "nobody"],
    ];
    for (const [args, message] of cases) {
      const { status, stderr } = await cp(...args);
      expect([args, status, stderr]).toEqual([args, 1, expect.stringContaining(message)]);
    }
    expect(await script("cat f; ls dir")).toBe("x\nf");
  });
});

imageTests("a tar goes in from standard input, and comes out on standard output", async (cli) => {
  await whileRunning(cli, { script: "mkdir /srv" }, async ({ name, cp, copy, script, teu, program }) => {
    await script(`${TREE}; tar -cf d.tar d; gzip -k d.tar`);
    await script(`${program} cp - ${name}:/tmp <d.tar && ${program} cp - ${name}:/srv <d.tar.gz && ${program} cp - ${name}:/tmp <d.tar`);
    await copy(`${name}:/srv/d`, "unpacked");
    expect(await script("cat unpacked/sub/again")).toBe("one");
    expect(await script(`${program} cp ${name}:/tmp/d - | tar -t | sort`)).toBe(
      ["d/", "d/link", "d/one", "d/sub/", "d/sub/again"].join("\n"),
    );
    expect(await script(`${program} cp ${name}:/tmp/d/. - | tar -t | sort | head -1`)).not.toContain("d/");
    expect((await cp("-", `${name}:/tmp/d/one`)).stderr).toContain("must be a directory");
    expect((await teu(["cp", "-", `${name}:/tmp`], { stdin: "this is no tar".repeat(100) })).status).toBe(1);
  });
});

imageTests(
  "without -a files keep their numbers in the container, an ordinary user's belong to its root, and to the caller outside; with it owners stay",
  async (cli) => {
    await whileRunning(cli, { script: "mkdir /srv" }, async ({ name, script, copy, program }) => {
      await script("mkdir d && echo x >d/f && tar --owner=7 --group=8 --numeric-owner -cf owned.tar d");
      await script(`${program} cp - ${name}:/srv <owned.tar`);
      const owner = (what: string) => script(`${program} cp ${name}:${what} - | tar --numeric-owner -tv | awk '{print $2}' | sort -u`);
      expect(await owner("/srv/d/f")).toBe("7/8");
      await copy(`${name}:/srv/d`, "plain");
      expect(await script("stat -c %u:%g plain/f")).toBe(await script("echo $(id -u):$(id -g)"));
      await copy("-a", `${name}:/srv/d`, "kept");
      expect(await script("stat -c %u:%g kept/f")).not.toBe(await script("stat -c %u:%g plain/f"));
      await copy("kept", `${name}:/srv/plain`);
      expect(await owner("/srv/plain")).toBe(cli.account === undefined ? "7/8" : "0/0");
      await copy("-a", "kept", `${name}:/srv/kept`);
      expect(await owner("/srv/kept")).toBe("7/8");
    });
  },
);

imageTests("volumes and tmpfs are seen as the container sees them", async (cli) => {
  const volume = cli.roots.path("volume");
  await cli.run(["mkdir", volume]);
  const flags = ["-v", `${volume}:/vol`, "--tmpfs", "/memory"];
  await whileRunning(cli, { flags, script: "mkdir /vol/in; ln -s /vol/in /way; echo m >/memory/m" }, async ({ name, copy, script }) => {
    await script("echo x >f");
    await copy("f", `${name}:/vol`);
    await copy("f", `${name}:/way/g`);
    await copy("f", `${name}:/memory`);
    expect(readFileSync(`${volume}/f`, "utf8")).toBe("x\n");
    expect(readFileSync(`${volume}/in/g`, "utf8")).toBe("x\n");
    await copy(`${name}:/memory`, "memory");
    expect(await script("cat memory/m memory/f")).toBe("m\nx");
    await copy(`${name}:/`, "all");
    expect(await script("ls all/proc all/sys all/dev; cat all/vol/f all/etc/hosts | head -1")).toEndWith("x");
  });
});

imageTests("what is read-only is not written to, in docker's words", async (cli) => {
  const volume = cli.roots.path("volume");
  await cli.run(["mkdir", volume]);
  await whileRunning(cli, { flags: ["--read-only", "-v", `${volume}:/mnt:ro`] }, async ({ name, cp, script }) => {
    await script("echo x >f");
    expect(await cp("f", `${name}:/etc/f`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("container rootfs is marked read-only"),
    });
    expect(await cp("f", `${name}:/mnt/f`)).toMatchObject({ status: 1 });
    expect(existsSync(`${volume}/f`)).toBe(false);
  });
});

imageTests("cp says nothing without a terminal, and docker's line with one", async (cli) => {
  await whileRunning(cli, {}, async ({ name, cp, script, pty, path }) => {
    await script("echo x >f");
    expect(await cp("f", `${name}:/f`)).toMatchObject({ status: 0, stdout: "", stderr: "" });
    await using terminal = pty(["cp", path("f"), `${name}:/f`]);
    await terminal.expect(`Successfully copied 2.05kB to ${name}:/f`);
    await using quiet = pty(["cp", "-q", path("f"), `${name}:/f`]);
    expect([await quiet.exited, quiet.output()]).toEqual([0, ""]);
  });
});
