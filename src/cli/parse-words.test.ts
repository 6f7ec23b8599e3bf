import { describe, expect, test } from "bun:test";
import { parseWords, UsageError } from "./parse-words.ts";

const RULES = {
  name: "run",
  flags: {
    env: { type: "string", short: "e", multiple: true, summary: "" },
    interactive: { type: "boolean", short: "i", summary: "" },
    memory: { type: "string", short: "m", also: "mem", summary: "" },
    label: { type: "pairs", summary: "" },
    limit: { type: "size", summary: "" },
    pull: { type: "string", bare: "always", oneOf: ["always", "missing", "never"], summary: "" },
    tries: { type: "integer", multiple: true, summary: "" },
    wait: { type: "duration", summary: "" },
    tty: { type: "boolean", short: "t", summary: "" },
  },
} as const;

const READ = [
  { name: "a long flag and its value as two words", words: ["--memory", "1g"], values: { memory: "1g" }, args: [] },
  { name: "a long flag and its value as one", words: ["--memory=1g=2"], values: { memory: "1g=2" }, args: [] },
  { name: "docker's other name of a flag", words: ["--mem", "1g", "--mem=2g"], values: { memory: "2g" }, args: [] },
  { name: "an empty value", words: ["--memory="], values: { memory: "" }, args: [] },
  { name: "a value that looks like a flag", words: ["--memory", "-1"], values: { memory: "-1" }, args: [] },
  { name: "short flags in one word", words: ["-it"], values: { interactive: true, tty: true }, args: [] },
  {
    name: "a short flag whose value is the rest of the word",
    words: ["-itm1g"],
    values: { interactive: true, tty: true, memory: "1g" },
    args: [],
  },
  { name: "a short flag whose value is the next word", words: ["-im", "1g"], values: { interactive: true, memory: "1g" }, args: [] },
  { name: "a short flag with an equals sign", words: ["-m=1g"], values: { memory: "1g" }, args: [] },
  { name: "a flag that is taken back", words: ["-t", "--tty=false"], values: { tty: false }, args: [] },
  { name: "the last of a flag", words: ["-m1", "-m2"], values: { memory: "2" }, args: [] },
  { name: "all of a flag that may be repeated", words: ["-e", "A", "--env=B"], values: { env: ["A", "B"] }, args: [] },
  { name: "sizes", words: ["--limit", "1.5k"], values: { limit: 1536 }, args: [] },
  { name: "durations", words: ["--wait=1m30s"], values: { wait: 90_000 }, args: [] },
  { name: "numbers", words: ["--tries=3", "--tries", "-1"], values: { tries: [3, -1] }, args: [] },
  {
    name: "pairs, the last of a key",
    words: ["--label=a=1", "--label", "b", "--label", "a=2=3"],
    values: {
      label: new Map([
        ["a", "2=3"],
        ["b", ""],
      ]),
    },
    args: [],
  },
  { name: "a flag that may stand without its value", words: ["--pull", "never"], values: { pull: "always" }, args: ["never"] },
  { name: "the same with its value", words: ["--pull=never"], values: { pull: "never" }, args: [] },
  { name: "flags after arguments", words: ["x", "-t", "y"], values: { tty: true }, args: ["x", "y"] },
  { name: "what stands behind --", words: ["-t", "--", "-i", "--"], values: { tty: true }, args: ["-i", "--"] },
  { name: "a lone dash as an argument", words: ["-"], values: {}, args: ["-"] },
] as const;

describe("words", () => {
  for (const { name, words, values, args } of READ) {
    test(`${name} are read`, () => expect(parseWords(RULES, words)).toEqual({ values, args: [...args] }));
  }

  test("end flags at the first argument where the rules say so", () => {
    const words = ["-t", "sh", "-i", "--", "-x"];
    expect(parseWords({ ...RULES, stopAtFirstArg: true }, words)).toEqual({ values: { tty: true }, args: ["sh", "-i", "--", "-x"] });
  });
});

describe("refused is", () => {
  for (const { name, words, says } of [
    { name: "an unknown long flag", words: ["--frobnicate"], says: "unknown flag --frobnicate; see teu run --help" },
    { name: "one mistyped", words: ["--tta"], says: "unknown flag --tta; did you mean --tty? see teu run --help" },
    {
      name: "two letters changed places",
      words: ["--memroy=1g"],
      says: "unknown flag --memroy; did you mean --memory? see teu run --help",
    },
    { name: "the beginning of one", words: ["--inter"], says: "unknown flag --inter; did you mean --interactive? see teu run --help" },
    { name: "the name of what every object has", words: ["--constructor"], says: "unknown flag --constructor; see teu run --help" },
    { name: "an unknown letter behind known ones", words: ["-itx"], says: "unknown flag -x; see teu run --help" },
    { name: "a long flag without its value", words: ["--memory"], says: "--memory needs a value; see teu run --help" },
    { name: "a short flag without its value", words: ["-im"], says: "-m needs a value; see teu run --help" },
    { name: "a switch that is neither true nor false", words: ["--tty=maybe"], says: '--tty is true or false, not "maybe"' },
    { name: "a word that is none of a flag's", words: ["--pull=now"], says: '--pull is one of always, missing, never, not "now"' },
    { name: "a size that is none", words: ["--limit=x"], says: "--limit: " },
    { name: "a duration that is none", words: ["--wait=x"], says: "--wait: " },
    { name: "a number that is none", words: ["--tries=1.5"], says: '--tries: "1.5" is not a whole number' },
    { name: "a pair without a key", words: ["--label==x"], says: '--label: "=x" is not KEY=VALUE' },
  ]) {
    test(name, () => {
      expect(() => parseWords(RULES, words)).toThrow(UsageError);
      expect(() => parseWords(RULES, words)).toThrow(says);
    });
  }
});
