// `teu commit`: what a container has changed; `teu export`: all that it has.
import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { requires } from "../../support/requires.ts";
import { busyboxRootfs } from "../../support/rootfs.ts";
import type { TestRoots } from "../../support/roots.ts";
import { eventually, runOk } from "../../support/run.ts";
import { reachable, rootsEnvironment } from "../../support/teu.ts";
import { tester } from "../../support/user.ts";
import { type StoreCli, withStore } from "./store.ts";

const inspected = async ({ ok }: StoreCli, name: string, template: string) => (await ok(["inspect", "--format", template, name])).trim();

/** Of the only container. */
async function directoryOf({ root }: TestRoots): Promise<string> {
  const containers = join(root, "containers");
  const names = () => (existsSync(containers) ? readdirSync(containers).filter((name) => !name.startsWith(".")) : []);
  await eventually("the container has a directory", () => names().length === 1);
  return join(containers, names()[0] ?? "");
}

describe("commit", () => {
  const BOX = ["--network", "none"];

  test(
    "makes an image of what a container has changed",
    withStore(async (cli) => {
      const { roots, ok } = cli;
      await ok(["import", "-c", "LABEL from=import", "-c", 'CMD ["sh"]', await busyboxRootfs(), "base:1"]);
      const script = "echo new > /added; rm /etc/passwd; mkdir -p /deep/er; ln -s added /link";
      await ok(["run", "--name", roots.id("c"), "--label", "own=label", ...BOX, "base:1", "sh", "-c", script]);
      const id = await ok(["commit", "-m", "words", "-a", "me", "-c", "ENV X=1", roots.id("c"), "made:1"]);
      expect(id).toMatch(/^sha256:[0-9a-f]{64}\n$/);
      expect(await inspected(cli, "made:1", "{{.Id}} {{.Author}} {{.Comment}} {{.Config.Env}} {{.Config.Cmd}}")).toBe(
        `${id.trim()} me words [X=1] [sh -c ${script}]`, // what the container ran, as docker
      );
      expect(await inspected(cli, "made:1", "{{.Config.Labels.own}} {{.Config.Labels.from}} {{len .RootFS.Layers}}")).toBe(
        "label import 2",
      );
      await ok(["rm", roots.id("c")]);
      await ok(["rmi", "base:1"]);
      const look = "cat /added /link; ls -d /deep/er; test -e /etc/passwd || echo gone";
      expect(await ok(["run", "--rm", "--name", roots.id("d"), ...BOX, "made:1", "sh", "-c", look])).toBe("new\nnew\n/deep/er\ngone\n");
    }),
  );

  test(
    "lets a container that runs stand still meanwhile, and go on",
    withStore(async (cli) => {
      const { roots, ok } = cli;
      await ok(["import", await busyboxRootfs(), "base:1"]);
      const id = roots.id("c");
      const env = rootsEnvironment(roots);
      const running = Bun.spawn(
        [await reachable("teu"), "run", "--name", id, ...BOX, "base:1", "sh", "-c", "while :; do echo x >> /log; sleep 0.02; done"],
        {
          env: { ...process.env, ...env },
          stdio: ["ignore", "ignore", "ignore"],
        },
      );
      try {
        const log = `${await directoryOf(roots)}/upper/log`;
        await eventually("it writes", () => existsSync(log));
        await ok(["commit", id, "live:1"]);
        const size = readFileSync(log).length;
        await eventually("it goes on", () => readFileSync(log).length > size);
        await ok(["commit", "--pause=false", id, "live:2"]);
      } finally {
        await ok(["rm", "-f", id]);
        await running.exited;
      }
      expect((await ok(["images", "-q", "live"])).trim().split("\n")).toHaveLength(2);
    }),
  );

  test(
    "lets it go on also when the command is killed: by the next one",
    withStore(async (cli) => {
      const { roots, ok } = cli;
      await ok(["import", await busyboxRootfs(), "base:1"]);
      const id = roots.id("c");
      const options = { env: { ...process.env, ...rootsEnvironment(roots) }, stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
      const program = await reachable("teu");
      const running = Bun.spawn([program, "run", "--name", id, ...BOX, "base:1", "sh", "-c", "while :; do sleep 0.1; done"], options);
      try {
        const directory = await directoryOf(roots);
        const state = async () => (await ok(["ps", "-a", "--format", "{{.State}}"])).trim();
        await eventually("the container runs", async () => existsSync(directory) && (await state()) === "running");
        writeFileSync(`${directory}/upper/large`, randomBytes(64 * 1024 * 1024)); // which takes a while to pack
        const committing = Bun.spawn([program, "commit", id, "never:1"], options);
        await eventually("it is stopped", async () => (await state()) === "paused");
        committing.kill("SIGKILL");
        await committing.exited;
        expect(await state()).toBe("running");
        expect(existsSync(`${directory}/paused-by`)).toBe(false);
        expect(await ok(["images", "never"])).not.toContain("never");
      } finally {
        await ok(["rm", "-f", id]);
        await running.exited;
      }
    }),
  );

  test(
    "refuses a container that is not there",
    withStore(async ({ roots, ...cli }) => {
      mkdirSync(roots.path("empty"));
      expect(await cli.try(["commit", "nobody", "x:1"])).toEqual({ status: 1, stdout: "", stderr: "teu: No such container: nobody\n" });
    }),
  );
});

describe("export", () => {
  const accounts = [
    ["root", undefined],
    ...(requires("root", "tester", "subids", "newuidmap").missing.length > 0 ? [] : [["a user", tester()] as const]),
  ] as const;
  test.each(accounts)("gives the files of a container as its programs see them, to %s", (_, user) =>
    withStore(async ({ roots, ok, ...cli }) => {
      await ok(["import", await busyboxRootfs(), "base:1"]);
      const script = "echo added > /added; rm /etc/passwd; mkdir -p /deep; ln /added /deep/same";
      await ok(["run", "--name", roots.id("c"), "--network", "none", "base:1", "sh", "-c", script]);
      const file = join(roots.root, "c.tar");
      expect(await ok(["export", "-o", file, roots.id("c")])).toBe("");
      const members = (await runOk(["tar", "-tf", file])).split("\n");
      expect(members).toContain("bin/busybox");
      expect(members).not.toContain("etc/passwd");
      expect(await runOk(["tar", "-xOf", file, "added"])).toBe("added");
      expect(await runOk(["sh", "-c", 'tar -tvf "$1" | grep " link to "', "sh", file])).toContain("deep/same link to added");
      expect(await ok(["export", roots.id("c")])).toBe(readFileSync(file, "utf8"));
      expect((await cli.try(["export", "nobody"])).stderr).toBe("teu: No such container: nobody\n");
      await ok(["rm", roots.id("c")]);
    }, user)(),
  );
});
