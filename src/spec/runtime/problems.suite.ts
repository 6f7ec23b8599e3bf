// Tables of wrong input: rows that change one thing in a document that is right, with all that must be said of it.
import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "../../base/errors.ts";
import { parseConfig } from "./parse.ts";

export type Json = Record<string, unknown>;

/** The smallest configuration that can be started. */
export const SOUND: Json = {
  ociVersion: "1.3.0",
  root: { path: "rootfs" },
  process: { cwd: "/", args: ["sh"], user: { uid: 0, gid: 0 } },
};

export const ALL_BUT_USER = ["pid", "network", "mount", "ipc", "uts", "cgroup", "time"].map((type) => ({ type }));

/** `field: message` of each problem that a reader finds. */
export function problemsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems.map(({ field, message }) => `${field}: ${message}`);
    throw error;
  }
  return [];
}

export const inConfig = (change: Json) => problemsOf(() => parseConfig(JSON.stringify({ ...SOUND, ...change })));

/** With a namespace of each kind but `user`. */
export const inLinux = (change: Json) => inConfig({ linux: { namespaces: ALL_BUT_USER, ...change } });

export interface Row {
  readonly name: string;
  readonly given: Json;
  /** All problems, in order; `expect.stringMatching` where the whole message would repeat a table. */
  readonly want: readonly string[];
}

/** One test a row. */
export function problemTable(title: string, check: (given: Json) => string[], rows: readonly Row[]): void {
  describe(title, () => {
    for (const { name, given, want } of rows) test(name, () => expect(check(given)).toEqual([...want]));
  });
}
