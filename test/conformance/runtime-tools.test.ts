// Runs the OCI runtime-tools validation suite against the runtime: each of its 58 programs, its output read strictly, compared with what
// programs.ts expects. A program that passes against expectation is an error too: the table, and docs/spec-conformance.md, would be wrong.
import { afterAll, beforeAll, expect } from "bun:test";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from "node:fs";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { run } from "../support/run.ts";
import { PROGRAMS, type Program } from "./programs.ts";
import { chosenRuntime, rootedRuntime, runtimePath } from "./runtimes.ts";
import { type Suite, validationSuite } from "./suite.ts";
import { judgeTap } from "./tap.ts";

const runtime = chosenRuntime();
const required = requires("root", "v1", "go", ...(runtime === "teu" ? [] : [runtime]));

/** A mount namespace that ends with the program. */
const OWN_MOUNTS = ["unshare", "--mount", "--propagation=private"];

/** crun 1.8 refuses a host that has both cgroup versions, so it gets a view of this one that has not. */
const HIDE_V2 = [...OWN_MOUNTS, "sh", "-c", 'umount /sys/fs/cgroup/unified; exec "$@"', "sh"];

/** Cgroups that the programs name themselves, so that no mark stands in them: below each hierarchy's root and below the caller's own. */
const SUITE_CGROUPS = ["testdir/cgrouptest", "testdir", "cgrouptest"];

function removeSuiteCgroups(): void {
  const own = readFileSync("/proc/self/cgroup", "utf8")
    .split("\n")
    .map((line) => line.split(":")[2] ?? "");
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(" ")[4] ?? "");
  for (const mount of mounts) {
    for (const base of new Set(["", ...own])) {
      for (const name of SUITE_CGROUPS) {
        try {
          rmdirSync(`${mount}${base}/${name}`);
        } catch {
          // Not made, or not in this hierarchy.
        }
      }
    }
  }
}

/** Runs one program in a directory of its own; containers that it leaves are deleted through the runtime. */
async function judge(program: Program, suite: Suite, roots: TestRoots) {
  const path = suite.programs.get(program.name);
  if (path === undefined) throw new Error(`the suite has no program ${program.name}`);
  const cwd = roots.path("work");
  cpSync(suite.work, cwd, { recursive: true });
  const temporary = roots.path("tmp");
  mkdirSync(temporary);
  const script = rootedRuntime(runtime, roots);
  const argv = [...(runtime === "crun" ? HIDE_V2 : program.leavesMounts ? OWN_MOUNTS : []), path];
  const result = await run(argv, { cwd, env: { RUNTIME: script, TMPDIR: temporary }, timeoutMs: 60_000 });
  const state = roots.path("state");
  const left = existsSync(state) ? readdirSync(state).filter((id) => /^[0-9a-f-]{36}$/.test(id)) : [];
  for (const id of left) await run([script, "delete", "--force", id]);
  return { verdict: judgeTap(result, program), result };
}

required.describe(`OCI runtime-tools validation of ${runtime}`, () => {
  let suite: Suite | undefined;
  beforeAll(async () => {
    suite = await validationSuite();
  }, 600_000);
  afterAll(removeSuiteCgroups);

  required.test("the suite has the programs of the table", () => {
    expect([...(suite?.programs.keys() ?? [])].toSorted()).toEqual(PROGRAMS.map(({ name }) => name).toSorted());
  });

  for (const program of PROGRAMS) {
    const expected = program[runtime];
    const title =
      expected === "pass"
        ? `${program.name} passes`
        : `${program.name} ${expected === "fail" ? "cannot pass" : "may pass"}: ${program.why}`;
    required.test(
      title,
      async () => {
        if (suite === undefined) throw new Error("no suite");
        if (!existsSync(runtimePath(runtime))) throw new Error(`${runtimePath(runtime)} is not built`);
        const ready = suite;
        const { verdict, result } = await withRoots((roots) => judge(program, ready, roots), {
          leftovers: expected === "pass" ? "refuse" : "sweep",
        });
        if (expected === "either") return;
        if (expected === "pass" && !verdict.passed) {
          throw new Error(`${verdict.problems.join("\n")}\n${result.stderr}`);
        }
        if (expected === "fail" && verdict.passed) throw new Error(`${program.name} passes: correct the table in programs.ts`);
      },
      90_000,
    );
  }
});
