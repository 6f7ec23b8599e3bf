// Programs whose output is a stream: what becomes of them when nobody reads on, when they fail, when they are not there.
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { streamProgram } from "../../src/kernel/launch/program-stream.ts";
import { withRoots } from "../support/roots.ts";

const env = { PATH: process.env.PATH ?? "" };
const sh = (script: string) => ["sh", "-c", script] as const;

test("all of the output comes, and an exit status other than 0 is told with what was said last", async () => {
  const whole = await Array.fromAsync(streamProgram(sh("head -c 3000000 /dev/zero"), { env }));
  expect(whole.reduce((sum, chunk) => sum + chunk.length, 0)).toBe(3_000_000);
  const failing = Array.fromAsync(streamProgram(sh("echo some; echo why >&2; exit 3"), { env }));
  await expect(failing).rejects.toThrow("run sh: exit status 3: why");
  await expect(Array.fromAsync(streamProgram(["/no/such/program"], { env }))).rejects.toThrow(/^run \/no\/such\/program: /);
});

test("it starts with the first read, and ends when the reader stops", () =>
  withRoots(async (roots) => {
    const file = roots.path("pid");
    const stream = streamProgram(sh(`echo $$ > ${file}; exec cat /dev/zero`), { env });
    await Bun.sleep(20);
    expect(existsSync(file)).toBe(false);
    for await (const _ of stream) break;
    expect(existsSync(`/proc/${readFileSync(file, "utf8").trim()}`)).toBe(false);
  }));
