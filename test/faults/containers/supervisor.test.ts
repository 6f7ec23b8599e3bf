// The supervisor killed again and again while containers end and come back: what people see stays true, whoever comes next goes on with what was
// due, and nothing is left in the end.
import { expect } from "bun:test";
import { cliTests } from "../../cli/callers.ts";
import { lifeTool } from "../../containers/tools.ts";
import { seeded } from "../../store/fixtures/images.ts";
import { eventually } from "../../support/run.ts";

/** Another one: TEU_FAULT_SEED. */
const SEED = Number(process.env.TEU_FAULT_SEED ?? 20261121);
const ROUNDS = 16;
const LONGEST_WAIT_MS = 150;

cliTests("restarts outlive supervisors that are killed at any moment", async (cli) => {
  const box = lifeTool(cli);
  const random = seeded(SEED);
  const names = ["a", "b"];
  for (const short of names) {
    const run = ["run", "-d", "--restart", "always", "--name", box.name(short), "--rootfs", cli.rootfs];
    await box.ok(...run, "sh", "-c", "sleep 0.05; exit 1");
  }
  for (let round = 0; round < ROUNDS; round++) {
    await Bun.sleep(random(LONGEST_WAIT_MS)); // any moment is as good as another
    for (const pid of box.supervisors()) killIfThere(pid);
    const command = random(10) < 7 ? ["ps", "-a"] : ["restart", ...names.map(box.name)];
    expect({ command, ...(await cli.teu(command)) }).toMatchObject({
      status: 0,
      stderr: expect.not.stringMatching(/^teu: (?!warning: )/m),
    });
  }
  const before = names.map(box.starts);
  await box.ok("ps");
  await eventually("each comes back", () => names.every((short, index) => box.starts(short) > (before[index] ?? 0)));
  await box.ok("stop", ...names.map(box.name));
  for (const short of names) expect(await box.state(short)).toMatch(/^Exited \((1|137)\)/);
  await eventually("nobody waits for them", () => box.supervisors().length === 0);
  await box.ok("rm", ...names.map(box.name));
  expect(await box.ok("ps", "-aq")).toBe("");
});

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has just ended
  }
}
