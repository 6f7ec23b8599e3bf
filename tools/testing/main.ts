// The test runner behind `npm test`: brings in what the chosen parts need, runs them one after another, looks for what they left
// behind, and ends with `N passed, N failed, N skipped` over everything.
//
//   npm test                      the whole suite
//   npm test -- unit peers        parts of it (parts.ts)
//   npm test -- memory            the test files with `memory` in their path
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readJunit } from "./junit.ts";
import { leaks, type Marks, snapshot } from "./leaks.ts";
import { wronglySkipped } from "./must-run.ts";
import { installPackages } from "./packages.ts";
import { filesOf, type Part, select } from "./parts.ts";
import { ensureTester } from "./tester.ts";

interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Long enough for a container on a busy machine; what needs longer says so in its test. */
const TEST_TIMEOUT_MS = 120_000;
const REPOSITORY = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Whether a file without a suite in the report is one that has no tests here (its data are absent), not one that cannot be loaded. */
function loads(file: string, env: Record<string, string | undefined>): boolean {
  const argv = [process.execPath, "test", "--pass-with-no-tests", `./${file}`];
  return Bun.spawnSync(argv, { cwd: REPOSITORY, env, stdio: ["ignore", "ignore", "ignore"] }).exitCode === 0;
}

/** Runs one part's files under bun's test runner and reads its report. */
async function runBun(part: Part, files: readonly string[], env: Record<string, string | undefined>): Promise<Totals> {
  const folder = mkdtempSync(join(tmpdir(), "teu-junit-"));
  const report = join(folder, "report.xml");
  const parallel = part.parallel > 1 && files.length > 1 ? [`--parallel=${part.parallel}`] : [];
  const flags = [`--timeout=${TEST_TIMEOUT_MS}`, "--reporter=junit", `--reporter-outfile=${report}`, ...parallel];
  const child = Bun.spawn([process.execPath, "test", ...flags, ...files.map((file) => `./${file}`)], {
    cwd: REPOSITORY,
    env,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const status = await child.exited;
  const totals = readJunit(existsSync(report) ? readFileSync(report, "utf8") : "");
  rmSync(folder, { recursive: true });

  const problems = files.filter((file) => !totals.files.has(file) && !loads(file, env)).map((file) => `${file}: not loaded`);
  if (env.CI === "true") problems.push(...wronglySkipped(totals.skipped).map(({ file, name }) => `${file}: skipped, must run: ${name}`));
  if (status !== 0 && totals.failed + problems.length === 0) problems.push(`bun test: exit status ${status}`);
  for (const problem of problems) console.log(`FAILED  ${problem}`);
  return { passed: totals.passed, failed: totals.failed + problems.length, skipped: totals.skipped.length };
}

/** Runs the launcher's own tests in C; their last line is `N passed, N failed`. */
async function runLauncherTests(): Promise<Totals> {
  const script = join(REPOSITORY, "launcher/test/run");
  if (!existsSync(script)) return { passed: 0, failed: 0, skipped: 0 };
  const child = Bun.spawn([script], { cwd: REPOSITORY, stdio: ["ignore", "pipe", "inherit"] });
  const output = await child.stdout.text();
  process.stdout.write(output);
  const status = await child.exited;
  const [, passed = "0", failed = "0"] = /(\d+) passed, (\d+) failed[^\n]*\s*$/.exec(output) ?? [];
  return { passed: Number(passed), failed: Math.max(Number(failed), status === 0 ? 0 : 1), skipped: 0 };
}

/** A process that was told to end may need a moment: only what stays is a leak. */
async function leftBehind(before: ReturnType<typeof snapshot>, marks: Marks): Promise<readonly string[]> {
  for (let tries = 0; ; tries += 1) {
    const found = leaks(before, snapshot(marks), marks);
    if (found.length === 0 || tries === 10) return found;
    await Bun.sleep(200);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const files = [...new Bun.Glob("{src,tools,test}/**/*.test.ts").scanSync(REPOSITORY)];
  const selection = select(args, files);
  if (selection.parts.length === 0) {
    console.error(`no part and no test file is named ${args.join(", ")}`);
    return 2;
  }
  installPackages(selection.parts.map((part) => part.name));
  if (selection.parts.some((part) => part.needsBuild)) {
    ensureTester();
    const build = Bun.spawn([join(REPOSITORY, "tools/build")], { stdio: ["ignore", "inherit", "inherit"] });
    if ((await build.exited) !== 0) {
      console.log("0 passed, 1 failed");
      return 1;
    }
  }

  const run = `teu-test-${process.pid.toString(36)}`;
  const marks: Marks = { run, temporary: join(tmpdir(), `${run}-tmp`), bin: join(REPOSITORY, "bin") };
  mkdirSync(marks.temporary);
  // Rootless tests write here too.
  chmodSync(marks.temporary, 0o1777);
  const env = { ...process.env, TEU_TEST_MARK: run, TMPDIR: marks.temporary };
  const before = snapshot(marks);
  const results: Totals[] = [];
  const runPart = async (part: Part) => {
    const chosen = filesOf(part, selection, files);
    if (part.name === "launcher" && selection.names.length === 0) results.push(await runLauncherTests());
    if (chosen.length > 0) results.push(await runBun(part, chosen, env));
  };
  for (const turn of Map.groupBy(selection.parts, ({ turn }) => turn).values()) {
    console.log(turn.map(({ name, what }) => `\n== ${name}: ${what}`).join(""));
    await Promise.all(turn.map(runPart));
  }

  const left = await leftBehind(before, marks);
  console.log("\n== leaks: what the tests left behind");
  for (const leak of left) console.log(`FAILED  ${leak}`);
  rmSync(marks.temporary, { recursive: true, force: true });
  results.push({ passed: left.length === 0 ? 1 : 0, failed: left.length, skipped: 0 });

  const sum = (key: keyof Totals) => results.reduce((total, result) => total + result[key], 0);
  const skipped = sum("skipped") > 0 ? `, ${sum("skipped")} skipped` : "";
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed${skipped}`);
  return sum("failed") === 0 ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
