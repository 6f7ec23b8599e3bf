// The repository's own source files, for the checks that read them.
import { readFileSync } from "node:fs";

export const REPOSITORY = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/** One file: path relative to the repository, with slashes, and its text. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** All files that match a glob, in order of path; test data and generated headers left out. */
export function sourceFiles(glob: string, root: string = REPOSITORY): readonly SourceFile[] {
  return [...new Bun.Glob(glob).scanSync({ cwd: root, onlyFiles: true, dot: true })]
    .filter((path) => !path.includes("/testdata/") && !path.includes(".gen."))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(`${root}/${path}`, "utf8") }));
}

/** Prints what a check found and ends the process with its verdict. */
export function conclude(problems: readonly string[]): never {
  for (const problem of problems) console.error(problem);
  process.exit(problems.length === 0 ? 0 : 1);
}
