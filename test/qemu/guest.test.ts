// The guest itself: what a script says comes back as it was, and nothing outlives the machine.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { type Guest, runInGuest, startGuest } from "./guest.ts";
import { sharedGuest } from "./shared-guest.ts";
import { missing } from "./subjects.ts";

setDefaultTimeout(60_000);
const reason = missing({ source: "/usr/bin/busybox" });
if (reason !== undefined) console.warn(`SKIPPED: guest tests: ${reason}`);

describe.skipIf(reason !== undefined)("a guest", () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await startGuest({ files: { "/etc/motto": { text: "one host\n", mode: 0o640 } } });
  });
  afterAll(async () => guest?.[Symbol.asyncDispose]());

  test("has the files that it was given, with their modes", async () => {
    expect(await guest.run("cat /etc/motto; stat -c %a /etc/motto")).toEqual({ exitCode: 0, output: "one host\n640\n" });
  });

  test("gives back the exit status, and output of any bytes and length", async () => {
    expect(await guest.run("printf 'a\\000b\\n ready 0 \\n'; exit 7")).toEqual({ exitCode: 7, output: "a\0b\n ready 0 \n" });
    const { output } = await guest.run("seq 20000");
    expect(output).toEndWith("\n19999\n20000\n");
    expect(output.length).toBe(108_894);
  });

  test("runs scripts one after another, however they are asked for", async () => {
    const results = await Promise.all(["sleep 0.2; echo 1", "echo 2"].map((script) => guest.run(script)));
    expect(results.map(({ output }) => output)).toEqual(["1\n", "2\n"]);
  });

  test("has cgroup v2 alone, with its controllers", async () => {
    const { output } = await guest.run("cat /sys/fs/cgroup/cgroup.controllers /proc/self/cgroup");
    expect(output).toMatch(/\bcpu\b.*\bmemory\b.*\bpids\b[^\n]*\n0::\/\n$/);
  });

  test("kills a script that takes too long, and goes on", async () => {
    expect((await guest.run("sleep 100", { timeoutMs: 1_000 })).exitCode).toBe(137);
    expect((await guest.run("true")).exitCode).toBe(0);
  });

  test("says so when the machine ends in the middle of a script", async () => {
    const doomed = runInGuest({ script: "echo o >/proc/sysrq-trigger; sleep 5" });
    await expect(doomed).rejects.toThrow("the machine ended");
  });

  test("leaves no process when it ends", async () => {
    await guest[Symbol.asyncDispose]();
    expect(existsSync(`/proc/${guest.pid}`)).toBe(false);
  });
});

describe.skipIf(reason !== undefined)("a guest that tests share", () => {
  const { guest, test: testInGuest } = sharedGuest(async () => ({}));
  let runs = 0;

  testInGuest("is booted again when it ends in the middle of a test, which then runs anew", async () => {
    runs += 1;
    await using _ = { [Symbol.asyncDispose]: async () => void (await guest.run("true")) };
    if (runs === 1) await guest.run("echo o >/proc/sysrq-trigger; sleep 5");
    expect(runs).toBe(2);
  });
});
