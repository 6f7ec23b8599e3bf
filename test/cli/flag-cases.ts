// Flags of `run`, a container each, by what they do inside of it.
import { expect } from "bun:test";
import type { Requirement } from "../support/requires.ts";
import { CALLERS, type Caller, cliTest } from "./callers.ts";

export interface FlagCase {
  readonly name: string;
  readonly flags: readonly string[];
  readonly script: string;
  readonly says: string | RegExp;
  /** Those that it holds for; all, unless said. */
  readonly callers?: readonly Caller[];
  readonly needs?: readonly Requirement[];
  /** A warning that is part of it. */
  readonly warns?: RegExp;
}

/** A test of each, for each caller that it holds for. */
export function flagTests(cases: readonly FlagCase[]): void {
  for (const { name, flags, script, says, callers = CALLERS, needs = [], warns } of cases) {
    for (const caller of callers) {
      cliTest(
        caller,
        name,
        async (cli) => {
          const outcome = await cli.teu([...cli.container("c", ...flags), "sh", "-c", script]);
          expect(outcome.stderr).toMatch(warns ?? /^$/);
          if (typeof says === "string") expect(outcome.stdout).toBe(says);
          else expect(outcome.stdout).toMatch(says);
        },
        { needs },
      );
    }
  }
}
