import { describe, expect, test } from "bun:test";
import { UsageError } from "../flag-values.ts";
import { type FilterRules, labelRules, rowFilter, wordRule } from "./filter.ts";

interface Row {
  readonly name: string;
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
}

const ROWS: readonly Row[] = [
  { name: "a", state: "up", labels: { k: "v", l: "" } },
  { name: "b", state: "up", labels: { k: "w" } },
  { name: "c", state: "down", labels: {} },
];

const RULES: FilterRules<Row> = {
  name: { matches: ({ name }, value) => name.includes(value) },
  state: wordRule(["up", "down"], ({ state }) => state),
  ...labelRules(({ labels }: Row) => labels),
};

describe("filters keep", () => {
  for (const { name, filters, want } of [
    { name: "everything when there are none", filters: [], want: "abc" },
    { name: "what fits one value of a key", filters: ["name=a", "name=c"], want: "ac" },
    { name: "what fits every key", filters: ["name=a", "name=c", "state=up"], want: "a" },
    { name: "what has a label", filters: ["label=k"], want: "ab" },
    { name: "what has a label's value", filters: ["label=k=v"], want: "a" },
    { name: "what has all of the labels", filters: ["label=k", "label=l"], want: "a" },
    { name: "what has a label with an empty value", filters: ["label=l="], want: "a" },
    { name: "what lacks a label", filters: ["label!=k"], want: "c" },
    { name: "what lacks a label's value", filters: ["label!=k=v"], want: "bc" },
    { name: "what fits a key in capitals", filters: ["NAME=b"], want: "b" },
    { name: "nothing of the names that every object has", filters: ["label=constructor"], want: "" },
  ]) {
    test(name, () => {
      expect(
        ROWS.filter(rowFilter(filters, RULES))
          .map((row) => row.name)
          .join(""),
      ).toBe(want);
    });
  }
});

describe("refused is a filter", () => {
  for (const { name, filter, says } of [
    { name: "without =", filter: "name", says: '--filter: bad format of filter "name" (expected name=value)' },
    { name: "of an unknown key", filter: "size=1", says: "invalid filter 'size': there is name, state, label, label!" },
    { name: "of a word that is none", filter: "state=off", says: '--filter: "off" is none of up, down' },
  ]) {
    test(name, () => expect(() => rowFilter([filter], RULES)).toThrow(new UsageError(says)));
  }
});
