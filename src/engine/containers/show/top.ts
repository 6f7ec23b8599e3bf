// Use case `top`: the processes of a container, as the host's ps(1) shows them. docker's way: ps is run with the caller's options over all
// processes, and the lines of others are left out.
import { TeuError } from "../../../base/errors.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import { runProgram } from "../../../kernel/launch/program.ts";
import { processesOf } from "../../../kernel/state/processes-of.ts";
import type { Engine } from "../../engine.ts";
import { runningContainer } from "../running.ts";
import { recordContainerEvent } from "../state/record-event.ts";
import type { ProcessTable } from "./process-table.ts";

export interface TopOptions {
  /** Of ps; `-ef` where there are none. */
  readonly words: readonly string[];
  /** Where programs are looked for. */
  readonly path: string;
}

/** @throws TeuError `conflict` for a container that does not run; `invalid` for options that ps refuses, or that show no column PID */
export async function topOf(engine: Engine, row: ContainerRow, { words, path }: TopOptions): Promise<ProcessTable> {
  const container = runningContainer(engine, row);
  checkWords(words);
  const pids = processesOf(container);
  if (Bun.which("ps", { PATH: path }) === null) return (await import("./process-table.ts")).processTable(pids, words);
  const table = tableOf(await psOutput(words.length === 0 ? ["-ef"] : words, path), pids);
  engine.state.write((db) => recordContainerEvent(engine, db, row, "top"));
  return table;
}

/** A column of another name for the pid is one that could not be told from the pid (docker's rule). */
function checkWords(words: readonly string[]): void {
  const renamed = words.join(" ").match(/(?:^|[\s,])([^\s=,]*)=\s*(PID[^\s]*)/);
  if (renamed !== null && renamed[1]?.toLowerCase() !== "pid")
    throw new TeuError("invalid", `ps: a column other than the pid cannot be called PID: ${renamed[0].trim()}`);
}

async function psOutput(words: readonly string[], path: string): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(["ps", ...words], { env: { PATH: path }, maxOutput: MOST_OUTPUT });
  if (exitCode === 0) return new TextDecoder().decode(stdout);
  throw new TeuError("invalid", `ps ${words.join(" ")}: exit status ${exitCode}: ${stderr.trim()}`);
}

const MOST_OUTPUT = 64 * 1024 ** 2;

/** The lines of these processes, a text for each heading: the last may hold blanks. Pure. */
export function tableOf(output: string, pids: readonly number[]): ProcessTable {
  const [heading = "", ...lines] = output.split("\n");
  const titles = heading.trim().split(/\s+/);
  const at = titles.indexOf("PID");
  if (at < 0) throw new TeuError("invalid", "ps: its output has no column PID; ask for one");
  const wanted = new Set(pids.map(String));
  const rows = lines.map((line) => fieldsOf(line, titles.length)).filter((fields) => wanted.has(fields[at] ?? ""));
  return { titles, rows };
}

function fieldsOf(line: string, count: number): string[] {
  const words = line.trim().split(/\s+/);
  return words.length <= count ? words : [...words.slice(0, count - 1), words.slice(count - 1).join(" ")];
}
