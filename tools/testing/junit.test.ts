import { describe, expect, test } from "bun:test";
import { readJunit } from "./junit.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="4" failures="1" skipped="2">
  <testsuite name="test/a.test.ts" file="test/a.test.ts" tests="4">
    <testsuite name="one" file="test/a.test.ts">
      <testcase name="adds &lt;x&gt; &amp; &quot;y&quot;" classname="one" time="0.1" file="test/a.test.ts" line="2" assertions="1" />
      <testcase name="waits &gt; runs" classname="one" time="0" file="test/a.test.ts" line="3">
        <skipped />
      </testcase>
      <testcase name="bad" classname="one" time="0" file="test/a.test.ts" line="4">
        <failure type="AssertionError" message="expect &quot;&lt;skipped />&quot;">text</failure>
      </testcase>
      <testcase name="later" classname="one" time="0" file="test/a.test.ts" line="5">
        <skipped message="TODO" />
      </testcase>
    </testsuite>
  </testsuite>
  <testsuite name="test/b.test.ts" file="test/b.test.ts" tests="0" />
</testsuites>`;

describe("the junit report", () => {
  const totals = readJunit(REPORT);
  test("counts passed, failed and skipped cases", () => {
    expect([totals.passed, totals.failed, totals.skipped.length]).toEqual([1, 1, 2]);
  });
  test("names each skipped test with its file, entities resolved", () => {
    expect(totals.skipped[0]).toEqual({ file: "test/a.test.ts", name: "waits > runs" });
  });
  test("lists the files that were loaded, empty ones too", () => {
    expect([...totals.files]).toEqual(["test/a.test.ts", "test/b.test.ts"]);
  });
  test("an empty report has nothing in it", () => {
    expect(readJunit("")).toEqual({ passed: 0, failed: 0, skipped: [], files: new Set() });
  });
});
