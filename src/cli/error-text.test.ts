import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { TeuError } from "../base/errors.ts";
import { errorText } from "./error-text.ts";

function thrown(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}

const query = (sql: string) => thrown(() => new Database(":memory:").query(sql).all());

const CASES: readonly { readonly error: unknown; readonly text: string | RegExp }[] = [
  { error: new TeuError("invalid", "a sentence"), text: /^a sentence$/ },
  { error: thrown(() => readdirSync("/etc/passwd")), text: /^scandir '\/etc\/passwd': not a directory \(ENOTDIR\)$/ },
  { error: query("SELECT * FROM nowhere"), text: /^open the database: the database is damaged; mend it with: teu system check --repair$/ },
  {
    error: Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" }),
    text: /^write the database: no space left on device \(ENOSPC\)$/,
  },
  { error: new TypeError("a fault of ours"), text: /a fault of ours[\s\S]*error-text\.test\.ts/ },
  { error: "a word", text: /^a word$/ },
];

for (const { error, text } of CASES) test(`${error} is told as ${text}`, () => expect(errorText(error)).toMatch(text));
