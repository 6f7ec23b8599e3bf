// Templates at random, out of pieces that templates are made of: whatever they are, they are printed or refused with a TemplateError, in
// bounded time. TEU_FUZZ_SEED and TEU_FUZZ_SECONDS change the run; a failure tells its seed.
import { expect, test } from "bun:test";
import { parseTemplate, Structure, TemplateError, type Value } from "../../src/cli/format/template/template.ts";

const SEED = Number(process.env.TEU_FUZZ_SEED ?? 20_261_121);
const BUDGET_MS = Number(process.env.TEU_FUZZ_SECONDS ?? 1.5) * 1000;
/** No single template may take longer; the bounds of the evaluator are below. */
const LONGEST_MS = 5000;

const PIECES: readonly string[] = [
  ...'{{ }} {{- -}} {{/* */}} ( ) | . , := = $ $x $i .Name .A.b .L .N .Missing nil true 0 -1 3 1.5 1e3 0x1f \'a\' "s" `r` "%d %s %v %q" "%*d"'.split(
    " ",
  ),
  ..."if else end range with define template block break continue eq ne lt and or not len index slice print printf println html js".split(
    " ",
  ),
  ..."json join split upper lower title pad truncate urlquery".split(" "),
  ...[
    "{{end}}",
    "{{else}}",
    "{{range .L}}",
    "{{if .N}}",
    "{{with .A}}",
    "{{.Name}}",
    "{{json .}}",
    " ",
    "\n",
    "text",
    "{{$x := .L}}",
    "ü",
    "\0",
    "{{range $i, $v := .A}}",
  ],
];

const DATA: Value = {
  Name: "hello",
  N: 3,
  L: ["a", 1, null, 1.5, { k: [] }],
  A: { b: "x", c: null },
  S: new Structure("T", new Map<string, () => Value>([["F", () => 1]])),
};

/** mulberry32: small, seeded, good enough. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Pieces in a row; half of the time each action is closed, so that more of them are templates. */
function makeTemplate(seed: number): string {
  const next = random(seed);
  const pick = () => PIECES[Math.floor(next() * PIECES.length)] ?? "";
  const well = next() < 0.5;
  return Array.from({ length: 1 + Math.floor(next() * 12) }, () => (well ? `{{${pick()} ${pick()} ${pick()}}}` : pick())).join(
    next() < 0.5 ? " " : "",
  );
}

test(
  "a template of any kind is printed or refused, the same each time",
  () => {
    const end = performance.now() + BUDGET_MS;
    let printed = 0;
    let refused = 0;
    let slowest = 0;
    for (let seed = SEED; performance.now() < end; seed++) {
      const text = makeTemplate(seed);
      const outcomes = [0, 1].map(() => {
        const began = performance.now();
        try {
          return `printed ${parseTemplate(text)(DATA)}`;
        } catch (error) {
          if (!(error instanceof TemplateError)) throw new Error(`TEU_FUZZ_SEED=${seed}: ${JSON.stringify(text)}`, { cause: error });
          return `refused ${error.message}`;
        } finally {
          slowest = Math.max(slowest, performance.now() - began);
        }
      });
      if (slowest > LONGEST_MS) throw new Error(`TEU_FUZZ_SEED=${seed}: ${JSON.stringify(text)} took ${slowest} ms`);
      expect(outcomes[0]).toBe(outcomes[1] ?? "");
      if (outcomes[0]?.startsWith("printed") === true) printed++;
      else refused++;
    }
    expect(printed).toBeGreaterThan(100); // else the pieces make no templates any more
    expect(refused).toBeGreaterThan(100);
  },
  BUDGET_MS + 30_000,
);
