// Signals that reach the launcher while its host section runs (docs/plan.md, "How an op ends").
import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { encodePlan } from "../../src/kernel/plan/encode.ts";
import { type Op, op } from "../../src/kernel/plan/plan.ts";
import { REPORT } from "../../src/kernel/plan/report.ts";
import { eventually } from "../support/run.ts";
import { LAUNCHER, type PlanResult, planOf, startPlan } from "../support/run-plan.ts";
import { ending, registers, scratch, shell } from "./setup.ts";

const dir = scratch();
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A hook of the host. */
function hook(script: string): Op {
  const argv = ["sh", "-c", script];
  return op("run", { path: "/bin/sh", argv, env: ["PATH=/usr/bin:/bin"], stdin: [], timeout: 0, hole: -1, pid: undefined }, "t");
}

/** Runs a plan, sends the signal once `seen` holds, and gives its end. */
async function interrupted(
  sections: readonly (readonly Op[])[],
  { signal, seen, launcher }: { readonly signal: NodeJS.Signals; readonly seen: () => boolean; readonly launcher?: string },
): Promise<PlanResult> {
  const running = startPlan(encodePlan(planOf(...sections), { timings: false }), launcher === undefined ? {} : { launcher });
  await eventually("the plan to wait", seen);
  running.child.kill(signal);
  return running.ended;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a signal before the container runs", () => {
  for (const signal of SIGNALS) {
    test(`${signal} while a process is awaited takes back what was done`, async () => {
      const r = registers();
      const made = dir.in(`awaited-${signal}`);
      const result = await interrupted(
        [
          [
            op("mkdir", { dir: undefined, path: made, mode: 0o755 }, "t"),
            op("channel", { a: r("a"), b: r("b") }, "t"),
            op("clone", { section: 1, flags: 0, cgroup: undefined, pid: r("pid"), pidfd: undefined }, "t"),
            op("close", { fd: r("b") }, "t"),
            op("putFile", { dir: undefined, path: `${made}/pid`, mode: 0o644, data: [{ decimal: r("pid") }] }, "t"),
            op("report", { kind: REPORT.pid, value: r("pid") }, "t"),
            op("await", { channel: r("a"), number: 1 }, "t"),
          ],
          [op("close", { fd: r("a") }, "t"), op("await", { channel: r("b"), number: 2 }, "t")],
        ],
        { signal, seen: () => existsSync(`${made}/pid`) },
      );
      expect([ending(result), result.code]).toEqual(["EINTR at 6", 125]);
      expect(existsSync(made)).toBe(false);
      const child = result.records.find(({ kind }) => kind === "pid");
      expect(isRunning(Number(child?.value))).toBe(false);
    });
  }

  test("while a hook runs, ends the hook and all that it started", async () => {
    const mark = dir.in("hook-began");
    const script = `sleep 1000 & echo $! >&2; touch ${mark}; wait`;
    const result = await interrupted([[hook(script)]], { signal: "SIGTERM", seen: () => existsSync(mark) });
    expect(ending(result)).toBe("EINTR at 0");
    await eventually("the hook's child to end", () => !isRunning(Number(result.stderr)));
  });

  test("does nothing where the caller had it ignored", async () => {
    const mark = dir.in("ignored-began");
    const launcher = dir.in("nohup");
    writeFileSync(launcher, `#!/bin/sh\ntrap '' INT HUP\nexec ${LAUNCHER}\n`);
    chmodSync(launcher, 0o755);
    for (const signal of ["SIGINT", "SIGHUP"] as const) {
      const sections = [[hook(`touch ${mark}; sleep 0.3; rm ${mark}`)]];
      expect(ending(await interrupted(sections, { signal, seen: () => existsSync(mark), launcher }))).toBe("exit 0");
    }
  });

  test("is not held back from the program that follows", async () => {
    const mark = dir.in("program-began");
    const result = await interrupted([[shell(`touch ${mark}; exec sleep 1000`)]], { signal: "SIGTERM", seen: () => existsSync(mark) });
    expect(result.signal).toBe("SIGTERM");
  });
});
