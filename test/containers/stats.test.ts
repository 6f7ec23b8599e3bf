// `teu stats` and `teu top` of containers that run.
import { describe, expect } from "bun:test";
import { cliTest, cliTests, ROOT } from "../cli/callers.ts";
import { eventually } from "../support/run.ts";
import { startBox } from "./box.ts";

const HEADING = /^CONTAINER ID +NAME +CPU % +MEM USAGE \/ LIMIT +MEM % +NET I\/O +BLOCK I\/O +PIDS$/m;

/** Begins what moves the cursor (ECMA-48). */
const CSI = "\x1b[";

interface Line {
  readonly ID: string;
  readonly Name: string;
  readonly Container: string;
  readonly CPUPerc: string;
  readonly MemUsage: string;
  readonly MemPerc: string;
  readonly NetIO: string;
  readonly BlockIO: string;
  readonly PIDs: string;
}

const readLine = (text: string) => JSON.parse(text) as Line; // docker's fields, which the test is about

describe("stats", () => {
  cliTests("shows a moment of those that run, by docker's columns", async (cli) => {
    await using box = await startBox(cli, { program: ["sh", "-c", "sleep 1000 & while :; do :; done"] });
    const { status, stdout } = await cli.teu(["stats", "--no-stream"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(HEADING);
    expect(stdout).toContain(box.id.slice(0, 12));
    const json = readLine((await cli.teu(["stats", "--no-stream", "--no-trunc", "--format", "json", box.name])).stdout);
    expect(json).toMatchObject({ ID: box.id, Name: box.name, Container: box.name, NetIO: "0B / 0B", PIDs: "2" });
    expect(Number.parseFloat(json.CPUPerc)).toBeGreaterThan(1);
    expect(json.MemUsage).toMatch(/^[1-9][\d.]*[KM]iB \/ [\d.]+[GT]iB$/);
  });

  cliTest(ROOT, "tells memory of its limit", async (cli) => {
    await using box = await startBox(cli, { flags: ["-m", "64m"] });
    const { stdout } = await cli.teu(["stats", "--no-stream", "--format", "{{.MemUsage}}", box.name]);
    expect(stdout).toMatch(/ \/ 64MiB\n$/);
  });

  cliTests("shows those that have ended with -a alone, as nothing", async (cli) => {
    await using box = await startBox(cli);
    await cli.teu(["kill", box.name]);
    await cli.teu(["wait", box.name]);
    const row = "{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}";
    expect((await cli.teu(["stats", "--no-stream", "--format", row])).stdout.trim()).toBe("");
    expect((await cli.teu(["stats", "--no-stream", "-a", "--format", row])).stdout).toBe(`${box.name} 0.00% 0B / 0B 0\n`);
    expect(await cli.teu(["stats", "--no-stream", "no-such-container"])).toMatchObject({
      status: 1,
      stderr: "teu: No such container: no-such-container\n",
    });
  });

  cliTests("goes on in place on a terminal", async (cli) => {
    await using box = await startBox(cli, { program: ["sh", "-c", "while :; do :; done"] });
    await using pty = cli.pty(["stats"], { rows: 10, columns: 200 });
    await pty.expect(HEADING);
    await pty.expect(box.name);
    await pty.expect(`${CSI}2A`); // over what is there
    expect(pty.output().match(/CONTAINER ID/g)).toHaveLength(1);
  });

  cliTests("goes on line after line where there is no terminal", async (cli) => {
    await using box = await startBox(cli);
    const running = cli.start(["stats", "--format", "{{.Name}}"]);
    await eventually("it has looked twice", () => running.stdout() === `${box.name}\n${box.name}\n`);
    running.kill("SIGINT");
    await running.exited;
    running.dispose();
  });
});

describe("top", () => {
  cliTests("shows the container's processes, by the options of ps", async (cli) => {
    await using box = await startBox(cli, { program: ["sh", "-c", "sleep 1001; :"] });
    await eventually("both run", async () => (await cli.teu(["top", box.name, "-o", "pid,args"])).stdout.split("\n").length === 4);
    const plain = await cli.teu(["top", box.name]);
    expect(plain.stdout).toMatch(/^UID +PID +PPID +C +STIME +TTY +TIME +CMD\n/);
    expect(plain.stdout).toContain("sleep 1001\n");
    const chosen = await cli.teu(["top", box.name, "-o", "pid,args"]);
    expect(chosen.stdout).toMatch(/^PID +COMMAND\n\d+ +sh -c sleep 1001; :\n\d+ +sleep 1001\n$/);
  });

  cliTests("works where there is no ps", async (cli) => {
    await using box = await startBox(cli);
    const { status, stdout } = await cli.run(["env", "PATH=/nowhere", cli.program, "top", box.name]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^UID +PID +PPID +C +STIME +TTY +TIME +CMD\n\d+ .*sleep 1000\n$/);
  });

  cliTests("refuses what it cannot show", async (cli) => {
    await using box = await startBox(cli);
    expect((await cli.teu(["top", box.name, "-o", "args"])).stderr).toBe("teu: ps: its output has no column PID; ask for one\n");
    expect((await cli.teu(["top", box.name, "--no-such-option"])).stderr).toContain("teu: ps --no-such-option: exit status 1: ");
    expect((await cli.teu(["top", box.name, "-o", "ppid=PID"])).stderr).toContain("cannot be called PID");
    await cli.teu(["kill", box.name]);
    await cli.teu(["wait", box.name]);
    expect(await cli.teu(["top", box.name])).toEqual({ status: 1, stdout: "", stderr: `teu: container ${box.id} is not running\n` });
  });
});
