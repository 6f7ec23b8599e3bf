import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readStored } from "./stored-file.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync("/tmp/teu-test-stored-");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const CASES = [
  { name: "what is whole", text: '{"pid":7,"more":true}', want: { pid: 7, more: true } },
  { name: "a field of another kind", text: '{"pid":"7"}', want: undefined },
  { name: "half a file", text: '{"pid":', want: undefined },
  { name: "nothing", text: "", want: undefined },
  { name: "no object", text: "null", want: undefined },
  { name: "no file", text: undefined, want: undefined },
];

for (const { name, text, want } of CASES)
  test(name, () => {
    const path = join(directory, "file.json");
    if (text !== undefined) writeFileSync(path, text);
    expect<unknown>(readStored(path, { pid: 0 })).toEqual(want);
  });
