import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "../../base/errors.ts";
import { readJson } from "./read.ts";
import { anyString, array, int64, integer, object, optional, record, type Shape, string, uint64 } from "./shape.ts";

interface Sample {
  readonly name?: string;
  readonly count?: number;
  readonly wide?: number | bigint;
  readonly signed?: number | bigint;
  readonly tags?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

const sample: Shape<Sample> = object<Sample>({
  name: optional(string),
  count: optional(integer(0, 10)),
  wide: optional(uint64),
  signed: optional(int64),
  tags: optional(array(string)),
  labels: optional(record(anyString)),
});

const read = (input: string | Uint8Array) => readJson(input, { subject: "sample", shape: sample }).value;

/** `field: message` of each problem of a refused document. */
function problems(input: string | Uint8Array): string[] {
  try {
    read(input);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems.map(({ field, message }) => `${field}: ${message}`);
    throw error;
  }
  return [];
}

describe("readJson takes", () => {
  const rows: { name: string; text: string; want: Sample }[] = [
    { name: "known fields and leaves out unknown ones", text: '{"name":"a","other":{"x":[1]}}', want: { name: "a" } },
    { name: "null as absent, as Go's decoder does", text: '{"name":null,"tags":null}', want: {} },
    { name: "the last of two fields of one name, as Go's decoder does", text: '{"name":"a","name":"b"}', want: { name: "b" } },
    { name: "2^64-1 without losing a digit", text: '{"wide":18446744073709551615}', want: { wide: 18446744073709551615n } },
    { name: "2^53 as a bigint", text: '{"wide":9007199254740992}', want: { wide: 9007199254740992n } },
    { name: "2^53-1 as a number", text: '{"wide":9007199254740991}', want: { wide: 9007199254740991 } },
    { name: "-2^63", text: '{"signed":-9223372036854775808}', want: { signed: -9223372036854775808n } },
    {
      name: "small and large integers side by side",
      text: '{"count":3,"wide":9223372036854775807}',
      want: { count: 3, wide: 9223372036854775807n },
    },
    { name: "an integer written as 1e1, which JSON does not tell from 10", text: '{"count":1e1}', want: { count: 10 } },
  ];
  for (const { name, text, want } of rows) {
    test(name, () => expect(read(text)).toEqual(want));
  }

  test("bytes in UTF-8", () => expect(read(new TextEncoder().encode('{"name":"größer"}'))).toEqual({ name: "größer" }));

  test("__proto__ as a name like any other, and touches no prototype", () => {
    const value = read('{"labels":{"__proto__":"x","constructor":"y"},"__proto__":{"polluted":true}}');
    expect(Object.entries(value.labels ?? {})).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
    expect("polluted" in value).toBe(false);
    expect("polluted" in {}).toBe(false);
  });

  test("an unknown part nested a million deep, which no shape enters", () => {
    expect(read(`{"name":"a","deep":${"[".repeat(1e6)}${"]".repeat(1e6)}}`)).toEqual({ name: "a" });
  });
});

describe("readJson refuses", () => {
  const rows: { name: string; text: string | Uint8Array; want: string[] }[] = [
    { name: "a number that is no integer", text: '{"count":1.5}', want: ["count: must be an integer, not 1.5"] },
    { name: "a number out of range", text: '{"count":11}', want: ["count: 11 is not from 0 to 10"] },
    {
      name: "a bigint out of a small range",
      text: '{"count":18446744073709551615,"wide":18446744073709551615}',
      want: ["count: 18446744073709551615 is not from 0 to 10"],
    },
    { name: "2^64", text: '{"wide":18446744073709551616}', want: ["wide: 18446744073709551616 is not from 0 to 18446744073709551615"] },
    { name: "a negative number for an unsigned one", text: '{"wide":-1}', want: ["wide: -1 is not from 0 to 18446744073709551615"] },
    {
      name: "-2^63-1",
      text: '{"signed":-9223372036854775809}',
      want: ["signed: -9223372036854775809 is not from -9223372036854775808 to 9223372036854775807"],
    },
    { name: "a number beyond any double", text: '{"wide":1e999}', want: ["wide: Infinity is not an integer of 64 bits written in digits"] },
    {
      name: "a large number with an exponent, whose digits nobody can know",
      text: '{"wide":1e19}',
      want: ["wide: 10000000000000000000 is not an integer of 64 bits written in digits"],
    },
    {
      name: "an integer of a million digits, quickly",
      text: `{"wide":${"9".repeat(1e6)}}`,
      want: ["wide: Infinity is not an integer of 64 bits written in digits"],
    },
    {
      name: "values of the wrong kind, all of them",
      text: '{"name":1,"tags":{},"labels":[],"count":"1","wide":[]}',
      want: [
        "name: must be a string, not a number",
        "count: must be an integer, not a string",
        "wide: must be an integer, not an array",
        "tags: must be an array, not an object",
        "labels: must be an object, not an array",
      ],
    },
    { name: "null within an array", text: '{"tags":["a",null]}', want: ["tags[1]: must be a string, not null"] },
    { name: "a NUL in a string that the kernel will see", text: '{"name":"a\\u0000b"}', want: ["name: must not hold a NUL byte"] },
    { name: "what is no object", text: "[]", want: ["document: must be an object, not an array"] },
    { name: "an empty document", text: "", want: ["document: is not JSON: Unexpected EOF"] },
    { name: "bytes that are not UTF-8", text: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), want: ["document: is not UTF-8"] },
    { name: "more than 4 MiB", text: `"${" ".repeat(4 * 1024 * 1024)}"`, want: ["document: is larger than 4 MiB"] },
    {
      name: "nesting too deep to be read with exact integers",
      text: `{"wide":18446744073709551615,"deep":${"[".repeat(1e6)}${"]".repeat(1e6)}}`,
      want: ["document: is nested too deeply"],
    },
    {
      name: "a map's value under a name that needs quotes",
      text: '{"labels":{"a.b":1}}',
      want: ['labels["a.b"]: must be a string, not a number'],
    },
  ];
  for (const { name, text, want } of rows) {
    test(name, () => expect(problems(text)).toEqual(want));
  }

  test("text that is no JSON, saying where it went wrong", () => {
    expect(problems('{"name": tru}')).toEqual([expect.stringMatching(/^document: is not JSON: .*tru/)]);
  });

  test("a hundred thousand mistakes with a message of a hundred", () => {
    expect(problems(JSON.stringify({ tags: Array(100_000).fill(1) }))).toHaveLength(100);
  });
});
