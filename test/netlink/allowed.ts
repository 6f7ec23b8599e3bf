// Differences between our messages and another program's that may be: a table of rows that each say why.
import type { Message } from "../../src/kernel/netlink/message.ts";
import { type Difference, differences, type Seen } from "./fields.ts";

export interface Allowed {
  /** The names of the tests that it is for. */
  readonly test: RegExp;
  readonly path: RegExp;
  readonly why: string;
}

export class Allowance {
  readonly #rows: readonly Allowed[];
  readonly #needed = new Set<Allowed>();

  constructor(rows: readonly Allowed[]) {
    this.#rows = rows;
  }

  /** The differences between messages, pair by pair, that no row is for. */
  refused(test: string, ours: readonly Message[], theirs: readonly Seen[]): (Difference & { readonly message: number })[] {
    const found = theirs.flatMap((seen, index) => {
      const message = ours[index];
      return message === undefined ? [] : differences(message, seen).map((difference) => ({ message: index, ...difference }));
    });
    return found.filter(({ path }) => !this.#isAllowed(test, path));
  }

  /** Rows that nothing has needed. */
  unneeded(): readonly Allowed[] {
    return this.#rows.filter((row) => !this.#needed.has(row));
  }

  #isAllowed(test: string, path: string): boolean {
    const row = this.#rows.find((allowed) => allowed.test.test(test) && allowed.path.test(path));
    if (row !== undefined) this.#needed.add(row);
    return row !== undefined;
  }
}
