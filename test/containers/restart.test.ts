// Restart policies without a daemon: who comes back, how often, and who stays where people have put it. As root and as an ordinary user.
import { expect } from "bun:test";
import { rmdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Cli, cliTests } from "../cli/callers.ts";
import { leftovers } from "../support/leftovers.ts";
import { eventually } from "../support/run.ts";
import { lifeTool } from "./tools.ts";

/** Ends by SIGTERM. */
const WAITS = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

cliTests("on-failure starts again, so often and no more; a success ends it", async (cli) => {
  const box = lifeTool(cli);
  await box.make("fails", "on-failure:2", "exit 3");
  await box.make("ends", "on-failure", "exit 0");
  await box.ok("start", box.name("fails"), box.name("ends"));
  await eventually("it was started three times", () => box.starts("fails") === 3);
  await eventually("nobody waits for either", () => box.supervisors().length === 0);
  expect(await box.state("fails")).toStartWith("Exited (3)");
  expect(await box.state("ends")).toStartWith("Exited (0)");
  expect([box.starts("fails"), box.starts("ends")]).toEqual([3, 1]);
  expect(box.events("fails").filter((action) => action === "start" || action === "die")).toEqual(Array(3).fill(["start", "die"]).flat());
});

cliTests("always comes back from any end but that by people", async (cli) => {
  const box = lifeTool(cli);
  await box.make("c", "always", WAITS);
  await box.ok("start", box.name("c"));
  const first = box.pid("c");
  process.kill(first, "SIGKILL");
  await eventually("it was started again", () => box.starts("c") === 2);
  expect(await box.state("c")).toStartWith("Up");
  expect(box.pid("c")).not.toBe(first);
  await box.ok("stop", box.name("c"));
  expect(await box.state("c")).toStartWith("Exited (0)");
  await box.ok("start", box.name("c"));
  await box.ok("kill", box.name("c"));
  expect(await box.state("c")).toStartWith("Exited (137)");
  await box.ok("start", box.name("c"));
  await box.ok("kill", "-s", "TERM", box.name("c"));
  await eventually("it has ended", async () => (await box.state("c")).startsWith("Exited (0)"));
  await eventually("nobody waits for it", () => box.supervisors().length === 0);
  expect(box.starts("c")).toBe(4);
});

cliTests("a container that waits for its restart shows so, is stopped by stop, and goes with rm", async (cli) => {
  const box = lifeTool(cli);
  await box.make("c", "always", "exit 1");
  await box.ok("start", box.name("c"));
  // Each wait is twice as long as the one before: the fifth is a second and a half.
  let before = 0;
  const waits = () =>
    eventually("it waits", async () => box.starts("c") >= before + 5 && (await box.state("c")).startsWith("Restarting (1)"));
  await waits();
  await box.ok("stop", box.name("c"));
  expect(await box.state("c")).toStartWith("Exited (1)");
  await eventually("nobody waits for it", () => box.supervisors().length === 0);
  before = box.starts("c");
  await box.ok("start", box.name("c"));
  await waits();
  expect(await cli.teu(["rm", box.name("c")])).toMatchObject({ status: 1, stderr: expect.stringContaining("container is restarting") });
  await box.ok("kill", box.name("c"));
  expect(await box.state("c")).toStartWith("Exited (1)");
  before = box.starts("c");
  await box.ok("start", box.name("c"));
  await waits();
  await box.ok("rm", "-f", box.name("c"));
  await eventually("nobody waits for it", () => box.supervisors().length === 0);
  expect(await box.ok("ps", "-aq")).toBe("");
});

cliTests("a restart is not lost with the supervisor: the next command takes it up", async (cli) => {
  const box = lifeTool(cli);
  await box.make("c", "always", "exit 1");
  await box.ok("start", box.name("c"));
  await eventually("somebody waits for it", () => box.starts("c") >= 4 && box.supervisors().length === 1);
  for (const pid of box.supervisors()) process.kill(pid, "SIGKILL");
  await eventually("nobody does", () => box.supervisors().length === 0);
  const before = box.starts("c");
  await box.ok("ps");
  await eventually("it was started again", () => box.starts("c") > before);
  await box.ok("rm", "-f", box.name("c"));
  await eventually("nobody waits for it", () => box.supervisors().length === 0);
});

cliTests("--all-restart brings back what a start of the machine has ended, and what was stopped only with always", async (cli) => {
  const box = lifeTool(cli);
  for (const policy of ["always", "unless-stopped", "on-failure"]) {
    for (const short of [`${policy}-ran`, `${policy}-stopped`]) {
      await box.make(short, policy, WAITS);
      await box.ok("start", box.name(short));
    }
    await box.ok("stop", box.name(`${policy}-stopped`));
  }
  await box.make("never-started", "always", WAITS);
  await reboot(cli);
  expect(await box.ok("ps", "-q")).toBe("");
  expect(await box.state("always-ran")).toStartWith("Exited (255)");
  const want = ["always-ran", "always-stopped", "unless-stopped-ran"].map(box.name);
  expect((await box.ok("start", "--all-restart")).split("\n").toSorted()).toEqual(want);
  expect((await box.ok("ps", "--format", "{{.Names}}")).split("\n").toSorted()).toEqual(want);
  await box.ok("rm", "-f", ...want);
});

/** Everything that runs is gone at once, and what is kept while the machine is up. */
async function reboot({ roots }: Cli): Promise<void> {
  // Who stands still does not see the end of another.
  for (const signal of ["SIGSTOP", "SIGKILL"] as const) signalAll(roots.mark, signal);
  await eventually("nothing runs", () => leftovers(roots.mark).processes.length === 0);
  for (const path of leftovers(roots.mark).cgroups.toReversed()) rmdirSync(path);
  rmSync(join(roots.runRoot, "containers"), { recursive: true });
}

function signalAll(mark: string, signal: NodeJS.Signals): void {
  for (const { pid } of leftovers(mark).processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // it has just ended
    }
  }
}
