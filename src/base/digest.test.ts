import { describe, expect, test } from "bun:test";
import { digestAlgorithm, digestHex, digestOf, parseDigest } from "./digest.ts";
import { InvalidInputError } from "./errors.ts";

const EMPTY_256 = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const EMPTY_512 =
  "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e";

test("digestOf gives the published digests of nothing", () => {
  expect<string>(digestOf("")).toBe(EMPTY_256);
  expect<string>(digestOf(new Uint8Array(), "sha512")).toBe(EMPTY_512);
});

test("digestOf takes text as UTF-8", () => expect(digestOf("ä")).toBe(digestOf(new Uint8Array([0xc3, 0xa4]))));

test("a digest tells its algorithm and its digits", () => {
  expect(digestAlgorithm(parseDigest(EMPTY_256))).toBe("sha256");
  expect(digestAlgorithm(parseDigest(EMPTY_512))).toBe("sha512");
  expect(digestHex(parseDigest(EMPTY_512))).toBe(EMPTY_512.slice(7));
});

describe("parseDigest refuses", () => {
  const hex = "a".repeat(64);
  const rows = [
    { name: "nothing", text: "" },
    { name: "an algorithm that is not registered", text: `md5:${"a".repeat(32)}` },
    { name: "an algorithm by the name of a property that every object has", text: `toString:${hex}` },
    { name: "upper case", text: `sha256:${hex.toUpperCase()}` },
    { name: "too few digits", text: `sha256:${hex.slice(1)}` },
    { name: "too many digits", text: `sha256:${hex}a` },
    { name: "the digits of the other algorithm", text: `sha512:${hex}` },
    { name: "a third part", text: `sha256:${hex}:` },
    { name: "a path", text: `sha256:../${hex.slice(3)}` },
    { name: "a newline at the end", text: `sha256:${hex.slice(1)}\n` },
  ];
  for (const { name, text } of rows) test(name, () => expect(() => parseDigest(text)).toThrow(InvalidInputError));
});
