// Two hundred containers at once: all run, all are listed, what we keep of each is small and asleep, and nothing is left of them.
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import { ROOT } from "../cli/callers.ts";
import { type ImageCli, imageTest } from "../cli/image-cli.ts";
import { processesOf } from "../faults/containers/processes.ts";

const MANY = 200;
const TOGETHER = 50;
const MIB = 1024;

async function startAll(cli: ImageCli): Promise<void> {
  const waiting = Array.from({ length: MANY }, (_, index) => index);
  const work = async () => {
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      const { status, stderr } = await cli.teu(["run", "-d", "--name", `many${index}`, "--stop-signal", "KILL", "box", "sleep", "inf"], {
        timeoutMs: 120_000,
      });
      expect({ index, status, stderr }).toEqual({ index, status: 0, stderr: "" });
    }
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
}

/** Kilobytes that are a process's alone or its part of what is shared (proc_pid_smaps(5)). */
function proportionalSize(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]);
}

/** Times that it was given a processor. */
function wakeUps(pid: number): number {
  return Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
}

imageTest(ROOT, "two hundred containers run together", async (cli) => {
  await startAll(cli);
  const listed = await cli.teu(["ps", "-q"]);
  expect(listed.stdout.trim().split("\n")).toHaveLength(MANY);
  const monitors = processesOf(cli.roots.mark, "monitor");
  expect(monitors).toHaveLength(MANY);
  for (const { pid } of monitors) expect(proportionalSize(pid)).toBeLessThan(MIB);
  const before = monitors.map(({ pid }) => wakeUps(pid));
  await Bun.sleep(1_000); // asleep for so long
  expect(monitors.map(({ pid }) => wakeUps(pid))).toEqual(before);
  expect(processesOf(cli.roots.mark, "supervisor")).toEqual([]);
  const names = Array.from({ length: MANY }, (_, index) => `many${index}`);
  expect(await cli.teu(["stop", "-t", "5", ...names], { timeoutMs: 120_000 })).toMatchObject({ status: 0, stderr: "" });
  expect((await cli.teu(["ps", "-q"])).stdout).toBe("");
  expect(await cli.teu(["rm", ...names], { timeoutMs: 120_000 })).toMatchObject({ status: 0, stderr: "" });
  expect((await cli.teu(["ps", "-aq"])).stdout).toBe("");
});
