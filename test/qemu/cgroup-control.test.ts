// The cgroup part on a real cgroup v2 kernel: guest/cgroup-control.ts is compiled, carried into a guest with the launcher, and
// run there as root and as an ordinary user with a delegated subtree.
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { guestPart } from "./busybox.ts";
import { type Guest, startGuest } from "./guest.ts";
import { missing } from "./subjects.ts";

const LAUNCHER = new URL("../../bin/teu-launcher", import.meta.url).pathname;
const BOOT_MS = 120_000;
const RUN_MS = 120_000;
setDefaultTimeout(RUN_MS);

const reason = missing({ source: LAUNCHER });
if (reason !== undefined) console.warn(`SKIPPED: cgroup v2 control tests: ${reason}`);

// biome-ignore format: table
const CHECKS = {
  // First, while no more than the three controllers that as-tester delegates are handed down.
  user: [
    "the parent of the user's own cgroup is found to be delegated",
    "the user's containers have limits, freeze, and end",
    "what was not delegated is refused by name",
  ],
  root: [
    "limits hold from the process's first instruction",
    "devices are refused and allowed by the program",
    "a failed update leaves the old device program and the old limits",
    "an update fills in what the files of v2 bind together",
    "a container freezes while it forks, and thaws",
    "kill all ends what forks, frozen or in cgroups below, and removal takes those along",
    "a cgroup with a process in it, or frozen, is not fit for another container",
    "statistics count, pressure too",
    "an OOM kill is told by the kernel's own event",
    "exec follows a container that divided its own cgroup",
    "the container's user owns its cgroup but not the limits",
  ],
} as const;

describe.skipIf(reason !== undefined)("cgroup v2", () => {
  const directory = mkdtempSync(join(tmpdir(), "teu-cgroup-control-"));
  let guest: Guest;

  beforeAll(async () => {
    const program = join(directory, "cgroup-control");
    const source = guestPart("cgroup-control.ts");
    const build = Bun.spawnSync([process.execPath, "build", "--compile", source, "--outfile", program]);
    if (!existsSync(program)) throw new Error(build.stderr.toString());
    guest = await startGuest({
      files: {
        "/bin/cgroup-control": { program },
        "/bin/teu-launcher": { program: LAUNCHER },
        "/guest/as-tester": { from: guestPart("as-tester") },
      },
    });
  }, BOOT_MS);
  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  for (const [who, names] of Object.entries(CHECKS)) {
    describe(`as ${who}`, () => {
      const problems = new Map<string, string | undefined>();
      let output = "";

      beforeAll(async () => {
        const wrap = who === "user" ? "/guest/as-tester " : "";
        const result = await guest.run(`${wrap}/bin/cgroup-control ${who}`, { timeoutMs: RUN_MS });
        output = result.output;
        for (const line of output.split("\n").filter((text) => text.startsWith("{"))) {
          const { name, problem }: { name: string; problem?: string } = JSON.parse(line);
          problems.set(name, problem);
        }
      }, RUN_MS);

      for (const name of names) {
        test(name, () => {
          if (!problems.has(name)) throw new Error(`the guest says nothing of it: ${output.slice(-1000)}`);
          expect(problems.get(name)).toBeUndefined();
        });
      }
      test("nothing else was checked", () => expect([...problems.keys()].toSorted()).toEqual([...names].toSorted()));
    });
  }
});
