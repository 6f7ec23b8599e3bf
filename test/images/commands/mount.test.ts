// `teu image mount`: an image's files, read-only, for as long as they are mounted; what a reboot or a kill has left goes.
import { expect, test } from "bun:test";
import { closeSync, existsSync, openSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { requires } from "../../support/requires.ts";
import { runOk } from "../../support/run.ts";
import { reachable, rootsEnvironment } from "../../support/teu.ts";
import { tester } from "../../support/user.ts";
import { withStore } from "./store.ts";

test(
  "a mounted image shows its files and keeps them when its name is gone",
  withStore(async (cli) => {
    await cli.image("m:1", "content");
    const path = (await cli.ok(["image", "mount", "m:1"])).trim();
    expect(readFileSync(`${path}/etc/salt`, "utf8")).toBe("content amd64\n");
    expect(readFileSync(`${path}/etc/os-release`, "utf8")).toBe("NAME=fixture\n");
    expect(() => writeFileSync(`${path}/new`, "")).toThrow(/EROFS/);
    expect(await cli.ok(["image", "mount", "m:1"])).toBe(`${path}\n`);
    expect(await cli.ok(["image", "mount", "--format", "{{.Names}} {{.Path}}"])).toBe(`m:1 ${path}\n`);
    await cli.ok(["rmi", "m:1"]);
    await cli.ok(["image", "prune", "-af"]);
    expect(readFileSync(`${path}/etc/salt`, "utf8")).toBe("content amd64\n");
    const [id] = (await cli.ok(["image", "mount", "-q"])).trim().split("\n");
    expect(await cli.ok(["image", "unmount", id ?? ""])).toStartWith(`sha256:${id}`);
    expect(existsSync(path)).toBe(false);
    await cli.ok(["image", "prune", "-f"]);
    expect(readdirSync(`${cli.roots.root}/layers`)).toEqual([]);
  }),
);

test(
  "an image that somebody uses is unmounted by force only",
  withStore(async (cli) => {
    await cli.image("m:1");
    const path = (await cli.ok(["image", "mount", "m:1"])).trim();
    const held = openSync(`${path}/etc/salt`, "r");
    try {
      const busy = await cli.try(["image", "umount", "m:1"]);
      expect(busy).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("somebody uses it (EBUSY)") });
      await cli.ok(["image", "unmount", "--force", "m:1"]);
    } finally {
      closeSync(held);
    }
    expect(existsSync(path)).toBe(false);
    expect(await cli.try(["image", "unmount", "m:1"])).toMatchObject({ status: 1, stderr: expect.stringContaining("it is not mounted") });
  }),
);

test(
  "what is not mounted any more keeps nothing",
  withStore(async (cli) => {
    await cli.image("m:1");
    const path = (await cli.ok(["image", "mount", "m:1"])).trim();
    await runOk(["umount", path]); // a reboot, or a command that was killed before it had mounted
    const past = new Date(Date.now() - 3_600_000);
    utimesSync(path, past, past);
    expect(await cli.ok(["image", "mount", "-q"])).toBe("");
    expect(existsSync(path)).toBe(false);
    await cli.ok(["image", "prune", "-af"]);
    expect(readdirSync(`${cli.roots.root}/layers`)).toEqual([]);
    expect(await cli.ok(["system", "check"])).toBe("read 0 blobs: nothing is wrong\n");
  }),
);

test(
  "a mount that is killed at any moment can be made and ended again",
  withStore(async (cli) => {
    await cli.image("m:1", "content");
    const program = await reachable("teu");
    const env = { ...process.env, ...rootsEnvironment(cli.roots) };
    for (let round = 0; round < 10; round++) {
      const mounting = Bun.spawn([program, "image", "mount", "m:1"], { env, stdin: "ignore", stdout: "ignore", stderr: "ignore" });
      await Bun.sleep(20 + 8 * round);
      mounting.kill("SIGKILL");
      await mounting.exited;
      const path = (await cli.ok(["image", "mount", "m:1"])).trim();
      expect(readFileSync(`${path}/etc/salt`, "utf8")).toBe("content amd64\n");
      await cli.ok(["image", "unmount", "--all"]);
      expect(existsSync(path)).toBe(false);
    }
    await cli.ok(["image", "prune", "-af"]);
    expect(readdirSync(`${cli.roots.root}/layers`)).toEqual([]);
  }),
  15_000,
);

const rootless = requires("root", "tester", "subids", "newuidmap");
rootless.test(
  "without root it is refused, and all else is done",
  withStore(async (cli) => {
    await cli.image("m:1");
    expect(await cli.try(["image", "mount", "m:1"])).toMatchObject({ status: 1, stderr: expect.stringContaining("without root") });
    expect(await cli.ok(["image", "diff", "m:1", "m:1"])).toBe("");
    expect(await cli.ok(["save", "-o", cli.roots.path("run/m.tar"), "m:1"])).toBe("");
    expect(await cli.ok(["image", "prune", "-af"])).toContain("untagged: m:1\n");
    expect(await cli.ok(["load", "-q", "-i", cli.roots.path("run/m.tar")])).toBe("Loaded image: m:1\n");
    expect(await cli.ok(["system", "check", "--quick"])).toContain("nothing is wrong");
  }, tester()),
);
