import { describe, expect, test } from "bun:test";
import { annotatedProperties } from "./annotations.ts";
import { listMask } from "./cpu-mask.ts";
import type { Variant } from "./dbus/signature.ts";
import { parseGVariant } from "./gvariant.ts";

// biome-ignore format: table
const VALUES: readonly { text: string; want: Variant }[] = [
  { text: "true", want: { signature: "b", value: true } },
  { text: "42", want: { signature: "i", value: 42n } },
  { text: "-0x10", want: { signature: "i", value: -16n } },
  { text: "uint64 18446744073709551615", want: { signature: "t", value: 18446744073709551615n } },
  { text: "@t 5", want: { signature: "t", value: 5n } },
  { text: "byte 255", want: { signature: "y", value: 255n } },
  { text: "1.5", want: { signature: "d", value: 1.5 } },
  { text: "double 3", want: { signature: "d", value: 3 } },
  { text: ' "it\'s" ', want: { signature: "s", value: "it's" } },
  { text: "'a\\'b'", want: { signature: "s", value: "a'b" } },
  { text: "objectpath '/a/b'", want: { signature: "o", value: "/a/b" } },
  { text: "['a', 'b']", want: { signature: "as", value: ["a", "b"] } },
  { text: "@as []", want: { signature: "as", value: [] } },
  { text: "[uint32 1, 2]", want: { signature: "au", value: [1n, 2n] } },
  { text: "@ay [1, 2]", want: { signature: "ay", value: new Uint8Array([1, 2]) } },
  { text: "('x', 5, <'v'>)", want: { signature: "(siv)", value: ["x", 5n, { signature: "s", value: "v" }] } },
  { text: "@a(ss) [('/dev/null', 'rw')]", want: { signature: "a(ss)", value: [["/dev/null", "rw"]] } },
];
const BAD = [
  "",
  "[",
  "[]",
  "5 6",
  "byte 256",
  "uint32 -1",
  "@s 5",
  "@as 5",
  "nonsense",
  "('a'",
  "[1, 'a']",
  "@(si) ('a')",
  "5.5.5",
  "@a 5",
];

describe("GVariant text", () => {
  for (const { text, want } of VALUES) test(`${text} is a value`, () => expect(parseGVariant(text)).toEqual(want));
  for (const text of BAD) test(`${JSON.stringify(text)} is refused`, () => expect(() => parseGVariant(text)).toThrow());
});

describe("annotations for systemd", () => {
  test("become properties; seconds become microseconds", () => {
    const annotations = {
      "org.systemd.property.TimeoutStopUSec": "uint64 5",
      "org.systemd.property.TimeoutStopSec": "1.5",
      "org.systemd.property.CollectMode": "'inactive-or-failed'",
      "com.example.other": "not ours",
    };
    expect(annotatedProperties(annotations)).toEqual([
      { name: "TimeoutStopUSec", signature: "t", value: 5n },
      { name: "TimeoutStopUSec", signature: "t", value: 1500000n },
      { name: "CollectMode", signature: "s", value: "inactive-or-failed" },
    ]);
  });
  test("are refused all at once", () => {
    const annotations = { "org.systemd.property.A-B": "1", "org.systemd.property.Foo": "[", "org.systemd.property.BarSec": "'x'" };
    expect(() => annotatedProperties(annotations)).toThrow(
      /property\.A-B: .*is not the name of a property; .*property\.Foo: .*; .*BarSec: must be a number of seconds/,
    );
  });
});

test("CPU lists become masks", () => {
  expect(listMask("0-2,9", "x")).toEqual(new Uint8Array([7, 2]));
  for (const list of ["", "2-1", "a", "0-99999999", "1,,2"]) expect(() => listMask(list, "x")).toThrow("is not a list");
});
