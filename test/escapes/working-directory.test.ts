// No descriptor of ours is a way out: not as a working directory (CVE-2024-21626), not as one that the program inherits. The caller is as
// careless as can be: it hands down directories of the host's on numbers that nobody asked for.
import { expect } from "bun:test";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../support/bundle.ts";
import { executable } from "../support/executables.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { type Outcome, run } from "../support/run.ts";
import { victim } from "./container.ts";

const { test } = requires("root", "busybox");

/** More than the launcher ever has open, and those that the caller leaks. */
const DESCRIPTORS = [...Array(20).keys(), 100, 250];
/** The shell opens these for every program that it becomes. */
const LEAKS = "exec 7</ 8</etc 9</proc 100</root 250</var";

/** A directory that is to be made where it is missing, and must not be made through a descriptor. */
const MADE = "teu-test-made";
const madeOutside = (roots: TestRoots) =>
  ["/", "/etc", "/root", "/var", roots.directory, roots.runRoot].filter((path) => existsSync(join(path, MADE)));

/** Climbs as far as it goes: from a directory outside of the root, past the root. */
const SHOW =
  'up=$(stat -c %d:%i ../../../../../../../../../..); [ "$up" = "$(stat -c %d:%i /)" ] && echo inside || echo "outside: $(ls ../../../../../../../..)"';

/** Runs the runtime from a shell that leaks descriptors. */
function careless(roots: TestRoots, words: readonly string[]): Promise<Outcome> {
  const argv = [executable("teu-runtime"), "--root", join(roots.runRoot, "runtime"), ...words];
  return run(["bash", "-c", `${LEAKS}; exec "$@"`, "bash", ...argv]);
}

/** Working directories that lead through a descriptor, plainly or by a link of the image's. */
const workingDirectories = (rootfs: string): string[] => [
  ...DESCRIPTORS.flatMap((fd) => {
    symlinkSync(`/proc/self/fd/${fd}`, join(rootfs, `link${fd}`));
    return [`/proc/self/fd/${fd}`, `/link${fd}/${MADE}`];
  }),
  "/link7",
  "/proc/self/fd/7/../../..",
  "/proc/self/cwd",
  "/proc/1/cwd",
  "/../../../..",
];

/** None of the outcomes is a program that runs outside; some are programs that run: the check is of something. */
function expectInside(outcomes: readonly { readonly cwd: string; readonly outcome: Outcome }[]): void {
  const outside = outcomes.filter(({ outcome }) => outcome.status === 0 && outcome.stdout !== "inside\n");
  expect(outside.map(({ cwd, outcome }) => `${cwd}: ${outcome.stdout}`)).toEqual([]);
  expect(outcomes.filter(({ outcome }) => outcome.status === 0).length).toBeGreaterThan(0);
  expect(outcomes.filter(({ outcome }) => /working directory/.test(outcome.stderr)).length).toBeGreaterThan(DESCRIPTORS.length);
}

test(
  "no descriptor is a working directory outside of the container, by run",
  () =>
    withRoots(async (roots) => {
      const directory = await bundle({ roots, args: ["sh", "-c", SHOW] });
      const file = join(directory, "config.json");
      const config = JSON.parse(readFileSync(file, "utf8"));
      const outcomes: { cwd: string; outcome: Outcome }[] = [];
      for (const cwd of workingDirectories(join(directory, "rootfs"))) {
        writeFileSync(file, JSON.stringify({ ...config, process: { ...config.process, cwd } }));
        outcomes.push({ cwd, outcome: await careless(roots, ["run", "--bundle", directory, roots.id("bundle")]) });
      }
      expectInside(outcomes);
      expect(madeOutside(roots)).toEqual([]);
    }),
  60_000,
);

test(
  "no descriptor is a working directory outside of the container, by exec",
  () =>
    withRoots(async (roots) => {
      const running = await victim(roots);
      const outcomes: { cwd: string; outcome: Outcome }[] = [];
      for (const cwd of workingDirectories(running.rootfs)) {
        outcomes.push({ cwd, outcome: await careless(roots, ["exec", "--cwd", cwd, running.id, "sh", "-c", SHOW]) });
      }
      expectInside(outcomes);
      expect(madeOutside(roots)).toEqual([]);
      await running.end();
    }),
  60_000,
);

/** The descriptors of the shell, which is not the process that looks at them. */
const OPEN = "ls -1 /proc/$$/fd; true";

// biome-ignore format: table
const INHERITED = [
  { name: "none but the standard streams",                 preserve: 0, want: ["0", "1", "2"] },
  { name: "those that are to be preserved, and no others", preserve: 2, want: ["0", "1", "2", "3", "4"] },
] as const;

for (const { name, preserve, want } of INHERITED) {
  test(`of the caller's and the launcher's descriptors a program has ${name}`, () =>
    withRoots(async (roots) => {
      const directory = await bundle({ roots, args: ["sh", "-c", OPEN] });
      const kept = ["--preserve-fds", String(preserve)];
      const shell = (words: readonly string[]) =>
        run([
          "bash",
          "-c",
          `exec 3</dev/null 4</dev/null; ${LEAKS}; exec "$@"`,
          "bash",
          executable("teu-runtime"),
          "--root",
          join(roots.runRoot, "runtime"),
          ...words,
        ]);
      const ran = await shell(["run", ...kept, "--bundle", directory, roots.id("bundle")]);
      expect(ran.stdout.trim().split("\n")).toEqual([...want]);

      const running = await victim(roots);
      const joined = await shell(["exec", ...kept, running.id, "sh", "-c", OPEN]);
      expect(joined.stdout.trim().split("\n")).toEqual([...want]);
      await running.end();
    }));
}

test("a program that runs detached has no descriptor of the launcher's", () =>
  withRoots(async (roots) => {
    const running = await victim(roots);
    expect(readdirSync(`/proc/${running.pid}/fd`)).toEqual(["0", "1", "2"]);
    await running.end();
  }));
