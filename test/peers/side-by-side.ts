// The same command lines of a shell on two sides, and what of their outcomes has to be the same.
import { mkdirSync } from "node:fs";
import { run } from "../support/run.ts";

/** Lines of a shell in which `X` is the program; with a text that standard error has on both sides. */
export type Row = string | readonly [line: string, says: string];

export interface Seen {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A shell's line on one side, in a directory of its own. */
export function side(program: string, options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> }) {
  mkdirSync(options.cwd);
  return (line: string): Promise<Seen> => run(["sh", "-c", `X() { ${program} "$@"; }\n${line}`], options);
}

/** What is to be the same of each row. */
export async function inTurn(rows: readonly Row[], see: (line: string) => Promise<Seen>) {
  const seen = [];
  for (const row of rows) {
    const [line, says] = typeof row === "string" ? [row] : row;
    const { status, stdout, stderr } = await see(line);
    seen.push({ line, status, stdout: plain(stdout), ...(says === undefined ? {} : { says: stderr.includes(says) ? says : stderr }) });
  }
  return seen;
}

/** Without what is each side's own. */
function plain(text: string): string {
  return text
    .replaceAll(/\b[0-9a-f]{64}\b/g, "ID")
    .replaceAll(/\b[0-9a-f]{12}\b/g, "SHORT-ID")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replaceAll(/\b(\d+|About a|Less than a) (second|minute)s?\b/g, "AGE");
}
