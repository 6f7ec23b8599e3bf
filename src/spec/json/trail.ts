// What a walk over a JSON document found, and where. A shape that notes something does not know where it stands; each shape
// around it adds its own step on the way out, and only then. So a sound document, which is every one on the way to a running
// container, pays nothing for paths.
import type { Problem } from "../../base/errors.ts";

/** Of each kind; more than any person reads. Keeps a hostile document from making a message larger than itself. */
const MOST_NOTES = 100;

const IDENTIFIER = /^[A-Za-z_]\w*$/;

export type Step = string | number;

interface Note {
  /** From the value outwards. */
  readonly steps: Step[];
  readonly message: string;
  readonly fatal: boolean;
}

/** The field path of steps that lead inwards: `linux.seccomp.syscalls[3].args[0].op`, `annotations["a.b"]`; `document` for the whole. */
export function fieldPath(steps: readonly Step[]): string {
  let path = "";
  for (const step of steps) {
    if (typeof step === "number") path += `[${step}]`;
    else if (!IDENTIFIER.test(step)) path += `[${JSON.stringify(step)}]`;
    else path += path === "" ? step : `.${step}`;
  }
  return path === "" ? "document" : path;
}

/** One walk over one document. */
export class Trail {
  /** In the order found; grows only through `refuse` and `warn`, and not without end. */
  readonly notes: Note[] = [];
  /** How often something was refused, noted or not: what a value is sound by. */
  refusals = 0;
  #warnings = 0;
  /** Whether strings of the document can hold a NUL, which JSON can only write as an escape. */
  readonly mayHoldNul: boolean;
  /** An integer was met that a double may not hold as written: the document must be read again. */
  inexact = false;

  constructor(options: { readonly mayHoldNul: boolean }) {
    this.mayHoldNul = options.mayHoldNul;
  }

  /** Notes a problem here, or at `below`. Returns what a shape returns for a value that it refuses. */
  refuse(message: string, ...below: Step[]): undefined {
    if (this.refusals++ < MOST_NOTES) this.notes.push({ steps: below.reverse(), message, fatal: true });
  }

  /** Notes, here or at `below`, what the specification wants said but what does not stand in the way. */
  warn(message: string, ...below: Step[]): void {
    if (this.#warnings++ < MOST_NOTES) this.notes.push({ steps: below.reverse(), message, fatal: false });
  }

  /** Puts every note from number `first` on one step further in. */
  under(step: Step, first: number): void {
    for (let index = first; index < this.notes.length; index++) this.notes[index]?.steps.push(step);
  }

  get problems(): Problem[] {
    return this.#list(true);
  }

  get warnings(): Problem[] {
    return this.#list(false);
  }

  #list(fatal: boolean): Problem[] {
    const list: Problem[] = [];
    for (const note of this.notes) {
      if (note.fatal === fatal) list.push({ field: fieldPath(note.steps.toReversed()), message: note.message });
    }
    return list;
  }
}
