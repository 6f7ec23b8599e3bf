// Collects the problems of a command line, so that people see all of them at once.
import { InvalidInputError, type Problem, TeuError } from "../../base/errors.ts";

export class Problems {
  readonly #found: Problem[] = [];

  refuse(field: string, message: string): void {
    this.#found.push({ field, message });
  }

  /** The value that a reader makes of a flag's text; undefined, with its problems noted, when it refuses. */
  take<T>(field: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof TeuError) || error.code !== "invalid") throw error;
      for (const { message } of error instanceof InvalidInputError ? error.problems : [error]) this.refuse(field, message);
      return undefined;
    }
  }

  /** The same for a flag that may be given more than once. */
  takeEach<T>(field: string, texts: readonly string[] | undefined, read: (text: string) => T): T[] {
    return (texts ?? []).flatMap((text) => {
      const value = this.take(field, () => read(text));
      return value === undefined ? [] : [value];
    });
  }

  /** @throws InvalidInputError with everything that was refused, if anything was */
  conclude(): void {
    if (this.#found.length > 0) throw new InvalidInputError("the command line", this.#found);
  }
}
