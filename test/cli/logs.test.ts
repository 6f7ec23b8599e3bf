// `teu logs`: what a container has said, on the streams that it came from, while it runs and after.
import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/run.ts";
import { type Cli, cliTests } from "./callers.ts";

/** Makes a container that stays. */
async function made(cli: Cli, name: string, script: string, ...flags: readonly string[]): Promise<string> {
  const { stderr, status } = await cli.teu([
    "run",
    "-d",
    "--name",
    cli.roots.id(name),
    ...flags,
    "--rootfs",
    cli.rootfs,
    "sh",
    "-c",
    script,
  ]);
  expect([status, stderr]).toEqual([0, ""]);
  return cli.roots.id(name);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /;

cliTests("logs shows both streams, the last lines, times, and nothing of a time to come", async (cli) => {
  const name = await made(cli, "c", "echo one; echo two; echo err >&2; printf three");
  await cli.teu(["wait", name]);
  expect(await cli.teu(["logs", name])).toEqual({ status: 0, stdout: "one\ntwo\nthree", stderr: "err\n" });
  expect((await cli.teu(["logs", "--tail", "1", name])).stdout).toBe("three");
  expect((await cli.teu(["logs", "-n", "0", name])).stdout).toBe("");
  expect((await cli.teu(["container", "logs", "--since", "2100-01-01", name])).stdout).toBe("");
  expect((await cli.teu(["logs", "--until", "1h", name])).stdout).toBe("");
  const { stdout } = await cli.teu(["logs", "-t", name]);
  for (const line of stdout.split("\n")) expect(line).toMatch(TIME);
  await cli.teu(["rm", name]);
});

cliTests("logs -f goes on until the container ends", async (cli) => {
  const name = await made(cli, "c", "echo one; read x; echo two; exit 3", "-i");
  const follower = cli.start(["logs", "-f", name]);
  try {
    await eventually("the first line is shown", () => follower.stdout() === "one\n");
    const attached = await cli.teu(["attach", name], { stdin: "go\n" });
    expect([attached.stdout, attached.status]).toEqual(["two\n", 3]);
    expect(await follower.exited).toBe(0);
    expect(follower.stdout()).toBe("one\ntwo\n");
  } finally {
    follower.dispose();
  }
  await cli.teu(["rm", name]);
});

cliTests("logs of a run that was watched is what was seen, and of several containers says whose each line is", async (cli) => {
  const [a, b] = [cli.roots.id("a"), cli.roots.id("b")];
  const seen = await cli.teu(["run", "--name", a, "--rootfs", cli.rootfs, "sh", "-c", "echo out; echo err >&2; exit 5"]);
  expect(seen).toEqual({ status: 5, stdout: "out\n", stderr: "err\n" });
  expect(await cli.teu(["logs", a])).toEqual({ status: 0, stdout: "out\n", stderr: "err\n" });
  await cli.teu(["run", "--name", b, "--rootfs", cli.rootfs, "echo", "other"]);
  expect((await cli.teu(["logs", "--names", a, b])).stdout).toBe(`${a} out\n${b} other\n`);
  await cli.teu(["rm", a, b]);
});

cliTests("logs of a terminal is what it showed", async (cli) => {
  const name = await made(cli, "c", "echo out; echo err >&2", "-t");
  await cli.teu(["wait", name]);
  expect(await cli.teu(["logs", name])).toEqual({ status: 0, stdout: "out\r\nerr\r\n", stderr: "" });
  await cli.teu(["rm", name]);
});

cliTests("a log that is full is rotated, packed, and read as one", async (cli) => {
  // It goes on writing: a rotation that would have come while the last one was packed comes with the next line.
  const line = "0123456789012345678901234567890123456789";
  const name = await made(cli, "c", `yes ${line} | head -n 250000; until read -t 1 x; do echo ${line}; done`, "-i");
  const [id = ""] = readdirSync(join(cli.roots.root, "containers"));
  const files = () => readdirSync(join(cli.roots.root, "containers", id)).filter((file) => file.includes("-json.log"));
  await eventually(
    "the second file is packed",
    () => files().includes(`${id}-json.log.2.gz`) && !files().some((file) => file.endsWith(".pack")),
  );
  await cli.teu(["attach", name], { stdin: "\n" });
  const { stdout } = await cli.teu(["logs", name]);
  expect(stdout.replaceAll(`${line}\n`, "")).toBe("");
  expect(stdout.length).toBeGreaterThan(250_000);
  await cli.teu(["rm", name]);
});

cliTests("attach is refused where there is nothing to attach to", async (cli) => {
  const name = await made(cli, "c", "exit 0");
  await cli.teu(["wait", name]);
  const { status, stderr } = await cli.teu(["attach", name]);
  expect([status, stderr]).toEqual([1, `teu: attach to container ${name}: you cannot attach to a stopped container, start it first\n`]);
  expect(await cli.teu(["logs", "nobody"])).toEqual({ status: 1, stdout: "", stderr: "teu: No such container: nobody\n" });
  await cli.teu(["rm", name]);
});
