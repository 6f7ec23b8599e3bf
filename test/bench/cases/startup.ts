// What the programs cost before they do anything: `teu version` beside an empty program that Bun compiled with the same flags.
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Bench, type Case, nothingToEnd } from "../bench.ts";
import type { Program } from "../programs.ts";

const EMPTY = "empty Bun program";

/** Compiles a program without a statement, as tools/build compiles ours. */
async function compileEmpty(directory: string): Promise<Program> {
  const source = join(directory, "empty.ts");
  const path = join(directory, "empty");
  await writeFile(source, "export {};\n");
  await promisify(execFile)(process.execPath, ["build", "--compile", "--bytecode", "--minify", source, "--outfile", path], {
    cwd: directory,
  });
  return { path };
}

/** The contest of start-up times. */
export async function startupCase(bench: Bench): Promise<Case> {
  const { teu, crun, podman, docker } = bench.programs;
  const commands: readonly (readonly [string, Program, readonly string[]])[] = [
    ["teu version", teu, ["version"]],
    [EMPTY, await compileEmpty(bench.directory), []],
    ["crun --version", crun, ["--version"]],
    ["docker --version", docker, ["--version"]],
    ["podman --version", podman, ["--version"]],
  ];
  const contenders = commands.map(([name, { path, missing }, words]) => ({
    name,
    missing,
    sample: async () => (await bench.timer([path, ...words])).milliseconds,
  }));
  return {
    contests: [{ title: "start of the program", unit: "ms", rounds: bench.rounds(60), contenders, against: [EMPTY] }],
    [Symbol.asyncDispose]: nothingToEnd,
  };
}
