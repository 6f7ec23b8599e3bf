import { describe, expect, test } from "bun:test";
import { UsageError } from "../flag-values.ts";
import { inspectOutput } from "./inspect-output.ts";
import { type ListShape, listOutput } from "./list-output.ts";

interface Row {
  readonly id: string;
  readonly tags: readonly string[];
}

const SHAPE: ListShape<Row> = {
  typeName: "*formatter.imageContext",
  id: "ID",
  columns: [
    { name: "Tags", header: "TAGS", value: ({ tags }) => tags.join(",") },
    { name: "ID", header: "IMAGE ID", value: ({ id }, { whole }) => (whole ? id : id.slice(0, 4)) },
    { name: "Count", header: "COUNT", hidden: true, value: ({ tags }) => tags.length },
  ],
};

const ROWS: readonly Row[] = [
  { id: "0123456789", tags: ["a", "b"] },
  { id: "abcdefghij", tags: [] },
];

describe("a list with", () => {
  for (const { name, flags, want } of [
    { name: "no flags is a table", flags: {}, want: "TAGS      IMAGE ID\na,b       0123\n          abcd\n" },
    { name: "--format table is the same", flags: { format: "table" }, want: "TAGS      IMAGE ID\na,b       0123\n          abcd\n" },
    { name: "--quiet is the ids", flags: { quiet: true }, want: "0123\nabcd\n" },
    { name: "--no-trunc has them whole", flags: { quiet: true, "no-trunc": true }, want: "0123456789\nabcdefghij\n" },
    {
      name: "a template is a line a row, also with --quiet",
      flags: { format: "{{.ID}}/{{.Count}}", quiet: true },
      want: "0123/2\nabcd/0\n",
    },
    {
      name: "json is an object a line, its fields by name",
      flags: { format: "json" },
      want: '{"Count":2,"ID":"0123","Tags":"a,b"}\n{"Count":0,"ID":"abcd","Tags":""}\n',
    },
    {
      name: "{{json .}} is the same",
      flags: { format: "{{json .}}" },
      want: '{"Count":2,"ID":"0123","Tags":"a,b"}\n{"Count":0,"ID":"abcd","Tags":""}\n',
    },
    {
      name: "a table of a template has its headings",
      flags: { format: "table {{.ID}}\\t{{lower .Tags}}\\t{{.Count}}" },
      want: "IMAGE ID   TAGS      COUNT\n0123       a,b       2\nabcd                 0\n",
    },
  ]) {
    test(name, async () => expect(await listOutput(ROWS, SHAPE, flags)).toBe(want));
  }

  for (const { name, format, says } of [
    {
      name: "a field that a row does not have",
      format: "{{.Id}}",
      says: `template parsing error: template: :1:2: executing "" at <.Id>: can't evaluate field Id in type *formatter.imageContext`,
    },
    { name: "a template that is none", format: "{{.Id", says: "template parsing error: template: :1: unclosed action" },
  ]) {
    test(`${name} is refused`, () => expect(listOutput(ROWS, SHAPE, { format })).rejects.toThrow(new UsageError(says)));
  }

  test("a heading of no rows is there", async () => expect(await listOutput([], SHAPE, { format: "table {{.ID}}" })).toBe("IMAGE ID\n"));
});

describe("inspected", () => {
  const objects = [{ Id: "x", Config: { Labels: { a: "1" } } }];
  for (const { name, format, want } of [
    { name: "without a format it is an array", format: undefined, want: `${JSON.stringify(objects, null, 4)}\n` },
    { name: "as json it is a line each", format: "json", want: `${JSON.stringify(objects[0])}\n` },
    { name: "a template is a line each", format: "{{.Id}} {{.Config.Labels.a}}", want: "x 1\n" },
  ]) {
    test(name, () => expect(inspectOutput(objects, format)).toBe(want));
  }

  test("what is not there is refused", () => {
    const says = 'template parsing error: template: :1:2: executing "" at <.Name>: map has no entry for key "Name"';
    expect(() => inspectOutput(objects, "{{.Name}}")).toThrow(new UsageError(says));
  });
});
