// A command ends when its work is done: no timer of an exchange outlives it.
import { expect, test } from "bun:test";

test("an upload that is answered before its last byte leaves nothing to wait for", async () => {
  const script = new URL("early-answer.script.ts", import.meta.url).pathname;
  const child = Bun.spawn([process.execPath, script], { stdio: ["ignore", "pipe", "inherit"], timeout: 20_000 });
  const [output, status] = await Promise.all([child.stdout.text(), child.exited]);
  expect({ output, status }).toEqual({ output: "201\n", status: 0 });
}, 30_000);
