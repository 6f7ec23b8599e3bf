// A terminal is opened in the container's own devpts and put on the container's own /dev/console, whatever the image has in their places
// (CVE-2025-52565).
import { describe, expect } from "bun:test";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mount } from "../../src/spec/runtime/config.ts";
import { bundle } from "../support/bundle.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { eventually, type Outcome, start } from "../support/run.ts";
import { teuRuntime } from "../support/teu.ts";
import { expectOk, victim } from "./container.ts";

const { test } = requires("root", "busybox");
const PYTHON = Bun.which("python3");
const CONSOLE = join(import.meta.dir, "console-socket.py");

interface Terminal {
  readonly outcome: Outcome;
  /** What the program printed on its terminal. */
  readonly shown: string;
}

/** Runs a script on a terminal in a container whose image `prepare` has been at. */
async function onTerminal(
  roots: TestRoots,
  options: {
    readonly script: string;
    readonly mounts: (all: readonly Mount[]) => readonly Mount[];
    readonly prepare: (rootfs: string) => void;
  },
): Promise<Terminal> {
  const directory = await bundle({
    roots,
    args: ["sh", "-c", options.script],
    process: { terminal: true },
    tweak: (config) => ({ ...config, mounts: options.mounts(config.mounts ?? []) }),
  });
  options.prepare(join(directory, "rootfs"));
  const ran = await withConsole(roots, ["run", "--detach", "--console-socket", "SOCKET", "--bundle", directory, roots.id("bundle")]);
  if (ran.outcome.status === 0) expectOk(await teuRuntime(["delete", "--force", roots.id("bundle")], { roots }));
  return ran;
}

/** Runs the runtime with a listener in the place of the word SOCKET, to the end of what is on the terminal. */
async function withConsole(roots: TestRoots, words: readonly string[]): Promise<Terminal> {
  const socket = roots.path("c");
  rmSync(socket, { force: true });
  const listener = start([PYTHON ?? "python3", CONSOLE, socket]);
  try {
    await eventually("the console socket listens", () => listener.stdout() === "ready\n");
    const outcome = await teuRuntime(
      words.map((word) => (word === "SOCKET" ? socket : word)),
      { roots },
    );
    if (outcome.status === 0) await listener.exited;
    return { outcome, shown: listener.stdout().slice("ready\n".length).replaceAll("\r\n", "\n") };
  } finally {
    listener.kill("SIGKILL");
    await listener.exited;
    listener.dispose();
  }
}

const withoutDev = (all: readonly Mount[]) => all.filter(({ destination }) => !destination.startsWith("/dev"));
const DEVPTS: Mount = { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["newinstance", "ptmxmode=0666", "mode=0620"] };
const withDevpts = (all: readonly Mount[]) => [...withoutDev(all), DEVPTS];
const link = (rootfs: string, path: string, target: string) => {
  rmSync(join(rootfs, path), { recursive: true, force: true });
  symlinkSync(target, join(rootfs, path));
};
const SHOW = "tty; stat -c '%t:%T' /dev/console; echo over";

/** What an attacker would have the terminal, or a bind of it, laid over. */
const SENSITIVE = ["/proc/sys/kernel/core_pattern", "/proc/self/attr", "/proc/1/environ"];

describe.skipIf(PYTHON === null)("a terminal", () => {
  test("is opened in the container's own devpts and is its console", () =>
    withRoots(async (roots) => {
      const { outcome, shown } = await onTerminal(roots, { script: SHOW, mounts: (all) => all, prepare: () => {} });
      expect({ ...outcome, shown }).toEqual({ status: 0, stdout: "", stderr: "", shown: "/dev/pts/0\n88:0\nover\n" });
    }));

  for (const target of SENSITIVE) {
    test(`is not laid over ${target} by a link in the place of /dev/console`, () =>
      withRoots(async (roots) => {
        const before = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
        const prepare = (rootfs: string) => link(rootfs, "dev/console", target);
        const { outcome } = await onTerminal(roots, { script: SHOW, mounts: withDevpts, prepare });
        expect(outcome.status).toBe(1);
        expect(outcome.stderr).toMatch(/process\.terminal: .*\((EXDEV|ELOOP)\)/);
        expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(before);
      }));
  }

  test("is put where a link in the place of /dev/console leads inside, never outside", () =>
    withRoots(async (roots) => {
      const outside = roots.path("outside");
      writeFileSync(outside, "mine");
      chmodSync(outside, 0o604);
      const prepare = (rootfs: string) => link(rootfs, "dev/console", outside);
      const { outcome, shown } = await onTerminal(roots, { script: `stat -c '%t:%T' ${outside}`, mounts: withDevpts, prepare });
      expect({ status: outcome.status, stderr: outcome.stderr, shown }).toEqual({ status: 0, stderr: "", shown: "88:0\n" });
      expect(readFileSync(outside, "utf8")).toBe("mine");
      expect(statSync(outside).mode & 0o7777).toBe(0o604);
    }));

  for (const [name, prepare] of [
    ["a directory of the image's", (rootfs: string) => mkdirSync(join(rootfs, "dev/pts"), { recursive: true })],
    ["a link to the host's terminals, by a descriptor", (rootfs: string) => link(rootfs, "dev/pts", "/proc/1/root/dev/pts")],
    ["a link to procfs", (rootfs: string) => link(rootfs, "dev/pts", "/proc/self")],
    [
      "a directory with a ptmx of the image's",
      (rootfs: string) => {
        mkdirSync(join(rootfs, "dev/pts"), { recursive: true });
        symlinkSync("/proc/sys/kernel/core_pattern", join(rootfs, "dev/pts/ptmx"));
      },
    ],
  ] as const) {
    test(`is not opened in ${name} in the place of /dev/pts`, () =>
      withRoots(async (roots) => {
        const { outcome } = await onTerminal(roots, { script: SHOW, mounts: withoutDev, prepare });
        expect(outcome.status).toBe(1);
        expect(outcome.stderr).toMatch(/\/dev\/pts: process\.terminal: .*\((EXDEV|ELOOP)\)/);
      }));
  }

  test("of a process that joins is not opened where the container has put something else in the place of /dev/pts", () =>
    withRoots(async (roots) => {
      const running = await victim(roots, { tweak: (config) => ({ ...config, mounts: withoutDev(config.mounts ?? []) }) });
      for (const target of ["/proc/self", "/proc/1/root/dev/pts", "/tmp"]) {
        link(running.rootfs, "dev/pts", target);
        const words = ["exec", "--tty", "--detach", "--console-socket", "SOCKET", running.id, "tty"];
        const { outcome } = await withConsole(roots, words);
        expect(outcome.status).not.toBe(0);
        expect(outcome.stderr).toMatch(/\/dev\/pts: process\.terminal: .*\((EXDEV|ELOOP)\)/);
      }
      await running.end();
    }));
});
