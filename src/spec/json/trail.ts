// Where a shape stands in a JSON document and what it has found there. The path is kept as steps and made into
// text only when there is something to say of it, so that a sound document pays for no string.
import type { Problem } from "../../base/errors.ts";

/** More than any person reads; keeps a hostile document from making a message larger than itself. */
const MOST_PROBLEMS = 100;

const IDENTIFIER = /^[A-Za-z_]\w*$/;

/** Where a document has no name for a value, the problem is said of this. */
const WHOLE = "document";

/** The field path of a list of steps: `linux.seccomp.syscalls[3].args[0].op`, `annotations["a.b"]`. */
export function fieldPath(steps: readonly (string | number)[]): string {
  let path = "";
  for (const step of steps) {
    if (typeof step === "number") path += `[${step}]`;
    else if (!IDENTIFIER.test(step)) path += `[${JSON.stringify(step)}]`;
    else path += path === "" ? step : `.${step}`;
  }
  return path === "" ? WHOLE : path;
}

/** One walk over one document. */
export class Trail {
  readonly problems: Problem[] = [];
  /** Things that the specification wants said, but that do not stand in the way. */
  readonly warnings: Problem[] = [];
  /** An integer was met that a double may not hold as written: the document must be read again with `exact`. */
  inexact = false;
  readonly #steps: (string | number)[] = [];

  enter(step: string | number): void {
    this.#steps.push(step);
  }

  leave(): void {
    this.#steps.pop();
  }

  /** Notes a problem here, or at `below`. Returns what a shape returns for a value that it refuses. */
  refuse(message: string, ...below: (string | number)[]): undefined {
    this.#note(this.problems, message, below);
  }

  /** Notes a warning here, or at `below`. */
  warn(message: string, ...below: (string | number)[]): void {
    this.#note(this.warnings, message, below);
  }

  #note(list: Problem[], message: string, below: readonly (string | number)[]): void {
    if (list.length < MOST_PROBLEMS) list.push({ field: fieldPath([...this.#steps, ...below]), message });
  }
}
