// process.oomScoreAdj (runtime-spec config.md, "Linux Process"; proc_pid_oom_score_adj(5)): written from outside, by whoever has the right to.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { tester } from "../support/user.ts";
import { container, outputOf, running } from "./container.ts";

const { test } = requires("root", "busybox");
const rootless = requires("root", "busybox", "userns", "tester");

const own = Number(readFileSync("/proc/self/oom_score_adj", "utf8"));
const READ = ["cat", "/proc/self/oom_score_adj"];

for (const { name, user, when } of [
  { name: "root", user: undefined, when: test },
  { name: "an ordinary user", user: tester, when: rootless.test },
]) {
  for (const score of [own, own + 100]) {
    when(`${name} sets ${score}, with ${own} of its own`, () =>
      withRoots(
        async (roots) => {
          const account = user === undefined ? {} : { user: user() };
          expect(await outputOf({ roots, ...account, args: READ, process: { oomScoreAdj: score } })).toBe(String(score));
        },
        user === undefined ? {} : { owner: user() },
      ),
    );
  }
}

rootless.test("an ordinary user's exec has it, too", () =>
  withRoots(
    async (roots) => {
      const made = await running({ roots, user: tester(), process: { oomScoreAdj: own + 50 } });
      expect(await made.must("exec", [], READ)).toBe(String(own + 50));
      await made.must("delete", ["--force"]);
    },
    { owner: tester() },
  ),
);

rootless.test("an ordinary user's container with a process in between has it, too", () =>
  withRoots(
    async (roots) => {
      const output = await outputOf({
        roots,
        user: tester(),
        args: ["sh", "-c", "cat /proc/self/oom_score_adj; cut -d' ' -f1 /proc/uptime"],
        process: { oomScoreAdj: own + 50 },
        tweak: (config) => ({
          ...config,
          linux: {
            ...config.linux,
            namespaces: [...(config.linux?.namespaces ?? []), { type: "time" }],
            timeOffsets: { boottime: { secs: 1_000_000_000 } },
          },
        }),
      });
      expect(output).toMatch(new RegExp(`^${own + 50}\\n1\\d{9}\\.`));
    },
    { owner: tester() },
  ),
);

rootless.test("a score below the caller's own is refused by a sentence", () =>
  withRoots(
    async (roots) => {
      const made = await container({ roots, user: tester(), args: ["true"], process: { oomScoreAdj: -500 } });
      const { status, stderr } = await made.verb("run");
      expect(status).toBe(1);
      expect(stderr).toMatch(/-500: process\.oomScoreAdj: permission denied \(EACCES\); .*CAP_SYS_RESOURCE/);
    },
    { owner: tester() },
  ),
);
