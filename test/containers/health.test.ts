// Health checks without a daemon: what they find, when they take too long, and whom they bring back. As root and as an ordinary user.
import { expect } from "bun:test";
import { ROOT } from "../cli/callers.ts";
import { imageTest, imageTests } from "../cli/image-cli.ts";
import { eventually } from "../support/run.ts";
import { type LifeTool, lifeTool, pidsWith } from "./tools.ts";

const MS = 1e6;
const WAITS = "trap 'exit 0' TERM; touch /tmp/well; while :; do sleep 0.1; done";

/** The check of the image: every tenth of a second. */
const check = (...Test: readonly string[]) => ({ config: { Healthcheck: { Test, Interval: 100 * MS, Timeout: 10_000 * MS, Retries: 2 } } });

async function runBox(box: LifeTool, ...flags: readonly string[]): Promise<void> {
  await box.ok("run", "-d", "--name", box.name("c"), ...flags, "box", "sh", "-c", WAITS);
}

const WELL = check("CMD-SHELL", "echo asked; echo seen >/dev/stderr; test -e /tmp/well");

imageTests(
  "a container is starting, healthy, unhealthy, and healthy again, as its check finds it",
  async (cli) => {
    const box = lifeTool(cli);
    await runBox(box);
    await eventually("it is healthy", () => box.health("c").status === "healthy");
    const [first] = box.health("c").log;
    expect(first).toMatchObject({ ExitCode: 0, Output: "asked\nseen\n" });
    expect(Date.parse(first?.End ?? "")).toBeGreaterThanOrEqual(Date.parse(first?.Start ?? ""));
    await box.ok("exec", box.name("c"), "rm", "/tmp/well");
    await eventually("it is unhealthy", () => box.health("c").status === "unhealthy");
    expect(box.health("c").failingStreak).toBeGreaterThanOrEqual(2);
    await eventually("five results are kept", () => box.health("c").log.length === 5);
    await box.ok("exec", box.name("c"), "touch", "/tmp/well");
    await eventually("it is healthy again", () => box.health("c").status === "healthy");
    expect(box.health("c").failingStreak).toBe(0);
    const said = box.events("c").filter((action) => action.startsWith("health_status"));
    expect(said).toEqual(["health_status: healthy", "health_status: unhealthy", "health_status: healthy"]);
    expect(box.supervisors()).toHaveLength(1);
    await box.ok("stop", box.name("c"));
    await eventually("nobody checks it", () => box.supervisors().length === 0);
    await box.ok("rm", box.name("c"));
  },
  WELL,
);

imageTest(
  ROOT, // a container without a cgroup cannot be paused
  "nobody who stands still is asked",
  async (cli) => {
    const box = lifeTool(cli);
    await runBox(box);
    await eventually("it is healthy", () => box.health("c").status === "healthy");
    await box.ok("pause", box.name("c"));
    for (const what of ["a check was due since", "and one more"]) {
      const due = box.due("c") ?? 0;
      await eventually(what, () => (box.due("c") ?? 0) > due);
    }
    const { log } = box.health("c");
    const due = box.due("c") ?? 0;
    await eventually("and another", () => (box.due("c") ?? 0) > due);
    expect(box.health("c").log).toEqual(log);
    await box.ok("unpause", box.name("c"));
    await eventually("it is asked again", () => box.health("c").log.at(-1)?.Start !== log.at(-1)?.Start);
    await box.ok("rm", "-f", box.name("c"));
    await eventually("nobody checks it", () => box.supervisors().length === 0);
  },
  WELL,
);

imageTests(
  "a supervisor that was killed is replaced by the next command",
  async (cli) => {
    const box = lifeTool(cli);
    await runBox(box);
    await eventually("it is healthy", () => box.health("c").status === "healthy");
    for (const pid of box.supervisors()) process.kill(pid, "SIGKILL");
    await eventually("it is gone", () => box.supervisors().length === 0);
    const seen = box.health("c").log.at(-1);
    await box.ok("ps");
    await eventually("it is checked again", () => box.health("c").log.at(-1)?.Start !== seen?.Start);
    await box.ok("rm", "-f", box.name("c"));
    await eventually("nobody checks it", () => box.supervisors().length === 0);
  },
  WELL,
);

imageTests(
  "on-unhealthy ends what is unhealthy and starts it again",
  async (cli) => {
    const box = lifeTool(cli);
    await runBox(box);
    await box.ok("update", "--restart", "on-unhealthy:1", box.name("c"));
    await eventually("it is healthy", () => box.health("c").status === "healthy");
    await box.ok("exec", box.name("c"), "rm", "/tmp/well");
    await eventually("it was started again", () => box.starts("c") === 2);
    await eventually("it is healthy again", () => box.health("c").status === "healthy");
    const story = box.events("c").filter((action) => /^(health_status.*|kill|die|start)$/.test(action));
    expect(story).toEqual([
      "start",
      "health_status: healthy",
      "health_status: unhealthy",
      "kill",
      "die",
      "start",
      "health_status: healthy",
    ]);
    await box.ok("exec", box.name("c"), "rm", "/tmp/well");
    await eventually("it is unhealthy", () => box.health("c").status === "unhealthy");
    expect(await box.state("c")).toStartWith("Up"); // one restart was promised
    expect(box.starts("c")).toBe(2);
    await box.ok("rm", "-f", box.name("c"));
    await eventually("nobody checks it", () => box.supervisors().length === 0);
  },
  WELL,
);

const SLOW = "echo begun; exec sleep 4321";

imageTests(
  "a check that takes too long is ended, and is a failure",
  async (cli) => {
    const box = lifeTool(cli);
    await runBox(box);
    await eventually("it is unhealthy", () => box.health("c").status === "unhealthy");
    for (const { ExitCode, Output } of box.health("c").log)
      expect({ ExitCode, Output }).toEqual({ ExitCode: -1, Output: "Health check exceeded timeout (300ms): begun\n" });
    await box.ok("rm", "-f", box.name("c"));
    await eventually("nobody checks it", () => box.supervisors().length === 0);
    expect(pidsWith((words) => words.includes("4321"))).toEqual([]);
  },
  { config: { Healthcheck: { Test: ["CMD-SHELL", SLOW], Interval: 50 * MS, Timeout: 300 * MS, Retries: 2 } } },
);

imageTests(
  "a check's output is kept to 4096 bytes, whoever the image's user is; healthcheck run tells what it finds",
  async (cli) => {
    const box = lifeTool(cli);
    await runBox(box);
    expect(await cli.teu(["healthcheck", "run", box.name("c")])).toEqual({ status: 1, stdout: "unhealthy\n", stderr: "" });
    expect(box.health("c")).toMatchObject({
      status: "starting",
      failingStreak: 1,
      log: [{ ExitCode: 9, Output: `${"x".repeat(4096)}...` }],
    });
    await box.ok("exec", box.name("c"), "touch", "/tmp/fine");
    expect(await cli.teu(["healthcheck", "run", box.name("c")])).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(box.health("c").status).toBe("healthy");
    await box.ok("stop", box.name("c"));
    expect((await cli.teu(["healthcheck", "run", box.name("c")])).stderr).toEndWith("is not running\n");
    await box.ok("rm", box.name("c"));
    await box.make("plain", "no", "exit 0");
    expect(await cli.teu(["healthcheck", "run", box.name("plain")])).toMatchObject({
      status: 125,
      stdout: "",
      stderr: expect.stringContaining("it has none"),
    });
  },
  {
    config: {
      User: "1000:1000",
      // Much more than a pipe holds.
      Healthcheck: {
        Test: ["CMD-SHELL", "head -c 200000 /dev/zero | tr '\\0' x >/dev/stdout; test -e /tmp/fine || exit 9"],
        Interval: 3_600_000 * MS,
      },
    },
  },
);

imageTests(
  "a check that cannot be run is a failure with why",
  async (cli) => {
    const box = lifeTool(cli);
    await runBox(box);
    expect(await cli.teu(["healthcheck", "run", box.name("c")])).toMatchObject({ status: 1 });
    expect(box.health("c").log).toMatchObject([{ ExitCode: -1, Output: expect.stringContaining("/no/such/program") }]);
    await box.ok("rm", "-f", box.name("c"));
    await eventually("nobody checks it", () => box.supervisors().length === 0);
  },
  { config: { Healthcheck: { Test: ["CMD", "/no/such/program"], Interval: 3_600_000 * MS } } },
);
