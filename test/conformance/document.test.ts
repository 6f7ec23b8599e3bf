// Keeps docs/spec-conformance.md equal to the table of programs. UPDATE_GOLDENS=1 writes it.
import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { REPOSITORY } from "../../tools/source-files.ts";
import { PROGRAMS, programsAsMarkdown } from "./programs.ts";

const DOCUMENT = join(REPOSITORY, "docs/spec-conformance.md");
const TABLE = /(<!-- programs -->\n)[\s\S]*?(\n<!-- \/programs -->)/;

test("docs/spec-conformance.md shows the table of programs as it is", () => {
  const text = readFileSync(DOCUMENT, "utf8");
  const wanted = text.replace(TABLE, (_, open: string, close: string) => `${open}${programsAsMarkdown()}${close}`);
  if (process.env.UPDATE_GOLDENS === "1") writeFileSync(DOCUMENT, wanted);
  expect(readFileSync(DOCUMENT, "utf8")).toBe(wanted);
});

test("whatever a runtime cannot pass has a reason", () => {
  expect(PROGRAMS.filter(({ teu, runc, crun, why }) => [teu, runc, crun].some((one) => one !== "pass") && why === undefined)).toEqual([]);
});

test("teu is to pass all that runc or crun pass", () => {
  expect(PROGRAMS.filter(({ teu, runc, crun }) => (runc === "pass" || crun === "pass") && teu === "fail")).toEqual([]);
});
