// Reads what `bun test --reporter=junit` wrote: the totals, and each test that was skipped, with its file.

export interface SkippedTest {
  readonly file: string;
  readonly name: string;
}

export interface JunitTotals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly SkippedTest[];
  /** Files that have a suite in the report; a file that could not be loaded has none. */
  readonly files: ReadonlySet<string>;
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
const unescapeXml = (text: string) => text.replace(/&(lt|gt|amp|quot|apos);/g, (whole, name: string) => ENTITIES[name] ?? whole);

function attribute(tag: string, name: string): string {
  const found = new RegExp(` ${name}="([^"]*)"`).exec(tag);
  return unescapeXml(found?.[1] ?? "");
}

/** Totals of one report, counted over its test cases: the sums that the report itself states are not needed. */
export function readJunit(xml: string): JunitTotals {
  const files = new Set<string>();
  for (const [tag] of xml.matchAll(/<testsuite [^>]*>/g)) files.add(attribute(tag, "file"));
  const skipped: SkippedTest[] = [];
  let passed = 0;
  let failed = 0;
  for (const [, tag = "", body = ""] of xml.matchAll(/<testcase ([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)) {
    if (/<(failure|error)\b/.test(body)) failed += 1;
    else if (/<skipped\b/.test(body)) skipped.push({ file: attribute(` ${tag}`, "file"), name: attribute(` ${tag}`, "name") });
    else passed += 1;
  }
  return { passed, failed, skipped, files };
}
