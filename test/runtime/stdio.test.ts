// Standard streams of a container's process: none of them is a node of the host's /dev, whose mode root of a container could change for
// everybody through the descriptor. The tests only look at them: to try it would be to break the machine where they fail.
import { expect } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import type { RuntimeConfig } from "../../src/spec/runtime/config.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { run, runOk } from "../support/run.ts";
import { reachable } from "../support/teu.ts";
import { tester } from "../support/user.ts";
import { container, running } from "./container.ts";

const { test } = requires("root", "busybox");
const rootless = requires("root", "busybox", "userns", "tester");

/** Inode and device of the container's own node, then of each stream that is not the shell's. */
const LOOK = "stat -c %i:%d /dev/null; stat -Lc %i:%d /proc/self/fd/0 /proc/self/fd/2";

const hostNull = (): string => {
  const { ino, dev } = statSync("/dev/null");
  return `${ino}:${dev}`;
};

function expectOwn(output: string): void {
  const [node, ...streams] = output.split("\n");
  expect(node).toMatch(/^\d+:\d+$/);
  expect(node).not.toBe(hostNull());
  expect(streams).toEqual([node, node].map(String));
}

test("run: /dev/null of the caller becomes the container's", () =>
  withRoots(async (roots) => {
    const { bundle, id } = await container({ roots, args: ["sh", "-c", LOOK] });
    const command = `"$0" --root ${roots.runRoot}/runtime run --bundle ${bundle} ${id} </dev/null 2>/dev/null`;
    expectOwn(await runOk(["sh", "-c", command, await reachable("teu-runtime")]));
  }));

test("exec: likewise", () =>
  withRoots(async (roots) => {
    const made = await running({ roots });
    const command = `"$0" --root ${roots.runRoot}/runtime exec ${made.id} sh -c "${LOOK}" </dev/null 2>/dev/null`;
    expectOwn(await runOk(["sh", "-c", command, await reachable("teu-runtime")]));
    await made.must("delete", ["--force"]);
  }));

test("a stream that is no null device stays what it is", () =>
  withRoots(async (roots) => {
    const { must } = await container({ roots, args: ["sh", "-c", "cat; echo said"] });
    expect(await must("run")).toBe("said");
  }));

rootless.test("rootless: what is bound from the host is on a read-only mount, so that its mode cannot be changed", () =>
  withRoots(
    async (roots) => {
      const user = tester();
      const { bundle, id } = await container({
        roots,
        user,
        args: ["sh", "-c", "chmod 666 /proc/self/fd/0 2>&1; echo written >/dev/null"],
      });
      const command = `"$0" --root ${roots.runRoot}/runtime run --bundle ${bundle} ${id} </dev/null`;
      expect(await runOk(["sh", "-c", command, await reachable("teu-runtime")], { user, roots })).toContain("Read-only file system");
    },
    { owner: tester() },
  ),
);

for (const { name, before, streams } of [
  { name: "no input", before: "", streams: "<&-" },
  { name: "no output", before: "", streams: ">&-" },
  { name: "no stream at all", before: "", streams: "<&- >&- 2>&-" },
  { name: "no terminal to control it", before: "setsid --wait", streams: "" },
]) {
  test(`a caller with ${name} is served like any other`, () =>
    withRoots(async (roots) => {
      const mark = { destination: "/seen", type: "bind", source: roots.directory, options: ["rbind"] };
      const tweak = (config: RuntimeConfig) => ({ ...config, mounts: [...(config.mounts ?? []), mark] });
      // An open descriptor of another number would be one of the runtime's.
      const script = "ls /proc/self/fd >/seen/descriptors; exit 3";
      const { bundle, id } = await container({ roots, args: ["sh", "-c", script], tweak });
      const command = `${before} "$0" --root ${roots.runRoot}/runtime run --bundle ${bundle} ${id} ${streams}`;
      expect((await run(["sh", "-c", command, await reachable("teu-runtime")])).status).toBe(3);
      // The last one is that of ls, for the directory.
      expect(readFileSync(roots.path("descriptors"), "utf8")).toBe("0\n1\n2\n3\n");
    }));
}
