// Holds the limit on file length: a file does one thing, which fits in 60 to 250 lines; past 400 it is listed for a hard look, past 600 refused.
import { conclude, type SourceFile, sourceFiles } from "./source-files.ts";

export const LOOK_HARD = 400;
export const REFUSED = 600;

export interface SizeVerdict {
  readonly refused: readonly string[];
  readonly listed: readonly string[];
}

/** Lines of a text: an unfinished last line counts, the end of a finished one does not. */
export function countLines(text: string): number {
  if (text === "") return 0;
  return text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
}

/** Sorts files into those refused and those to look at hard, longest first. */
export function judgeSizes(files: readonly SourceFile[]): SizeVerdict {
  const sized = files.map(({ path, text }) => ({ path, lines: countLines(text) })).toSorted((a, b) => b.lines - a.lines);
  const line = ({ path, lines }: { readonly path: string; readonly lines: number }) => `${path}: ${lines} lines`;
  return {
    refused: sized.filter(({ lines }) => lines > REFUSED).map((file) => `${line(file)}, more than ${REFUSED}: split it`),
    listed: sized.filter(({ lines }) => lines > LOOK_HARD && lines <= REFUSED).map(line),
  };
}

if (import.meta.main) {
  const { refused, listed } = judgeSizes([
    ...sourceFiles("{src,launcher,test,tools}/**/*.{ts,c,h,py,sh}"),
    ...sourceFiles("{tools,.ci}/*").filter(({ path }) => !path.includes(".ts")),
  ]);
  for (const file of listed) console.log(`warning: ${file}, more than ${LOOK_HARD}`);
  conclude(refused);
}
