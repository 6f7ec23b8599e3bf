// launch({ detached }): the start is told at once, and what was started outlives whoever started it.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { AttachClient, STREAM } from "../support/attach-client.ts";
import { eventually, run } from "../support/run.ts";
import { type MonitoredOptions, monitoredPlan } from "./monitored.ts";
import { scratch } from "./setup.ts";

const dir = scratch();
const PROGRAM = new URL("detached-program.ts", import.meta.url).pathname;
let count = 0;

/** Starts a script from a process that ends; what that said: the launcher's pid, and the records. */
async function startDetached(script: string, options: MonitoredOptions = {}) {
  const state = dir.in(`state-${count++}`);
  mkdirSync(state);
  writeFileSync(`${state}/plan`, monitoredPlan(state, script, options));
  // In a session of its own, as in a terminal of its own: its end must not matter.
  const { stdout, stderr, status } = await run(["setsid", "--wait", process.execPath, PROGRAM, `${state}/plan`, state]);
  const [, pid = "", records = ""] = /^(\d+) (.*)\n$/.exec(stdout) ?? [];
  return { state, pid: Number(pid), records, stderr, status };
}

describe("a detached launch", () => {
  test("is told as soon as the program runs, and goes on", async () => {
    const { state, pid, records, stderr } = await startDetached("read x; exit 4", { stdin: true });
    expect([records, stderr]).toEqual(["pid done", ""]);
    expect([0, 1, 2].map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))).toEqual(["/dev/null", "/dev/null", "/dev/null"]);
    const [, , , , , session] = readFileSync(`/proc/${pid}/stat`, "utf8").split(" ");
    expect(session).not.toBe(readFileSync("/proc/self/stat", "utf8").split(" ")[5] ?? "");
    const client = new AttachClient(`${state}/attach.sock`);
    client.send(STREAM.input, "\n");
    await client.closed;
    expect(readFileSync(`${state}/exit`, "utf8")).toBe("exited 4\n");
  });

  test("is told of a failure, with all that the report says", async () => {
    const { records } = await startDetached("exit 0", { log: { driver: "json-file", path: dir.in("missing/log") } });
    expect(records).toBe("failed");
  });

  test("attended or not, runs onExit when its starter is gone", async () => {
    const mark = dir.in("ended");
    const { state } = await startDetached("read x", { stdin: true, attended: true, onExit: ["/bin/sh", "-c", `: > ${mark}`] });
    expect(existsSync(mark)).toBe(false);
    new AttachClient(`${state}/attach.sock`).send(STREAM.input, "\n");
    await eventually("onExit has run", () => existsSync(mark));
  });
});
