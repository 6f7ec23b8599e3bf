import { describe, expect, test } from "bun:test";
import { InvalidInputError } from "../../base/errors.ts";
import { DEFAULT_DETACH_KEYS, DetachWatch, parseDetachKeys } from "./detach-keys.ts";

describe("a key sequence", () => {
  // biome-ignore format: table
  const rows = [
    { text: DEFAULT_DETACH_KEYS, want: [16, 17] },
    { text: "ctrl-@,ctrl-a,ctrl-z", want: [0, 1, 26] },
    { text: "ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_", want: [27, 28, 29, 30, 31] },
    { text: "CTRL-P", want: [16] },
    { text: "a,b,~", want: [97, 98, 126] },
    { text: "q", want: [113] },
    { text: "", want: [] },
  ];
  for (const { text, want } of rows)
    test(`${JSON.stringify(text)} is the bytes ${want.join(" ")}`, () => expect([...parseDetachKeys(text)]).toEqual(want));

  for (const text of ["ctrl-", "ctrl-1", "ctrl-pp", "ab", "a,", ",", "ö", "ctrl-ö", "shift-a", "ctrl p", "😀"]) {
    test(`${JSON.stringify(text)} is none, and the error says which key`, () => {
      expect(() => parseDetachKeys(text)).toThrow(InvalidInputError);
      expect(() => parseDetachKeys(text)).toThrow(/--detach-keys: ".*" is neither a character nor ctrl-X/);
    });
  }
});

const bytes = (text: string) => new TextEncoder().encode(text);

describe("input is watched for the sequence", () => {
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly keys: string; readonly input: readonly string[]; readonly sent: string; readonly detach: boolean }[] = [
    { name: "that comes at once", keys: "a,b", input: ["ab"], sent: "", detach: true },
    { name: "that comes key by key", keys: "a,b", input: ["a", "b"], sent: "", detach: true },
    { name: "after other input, which is sent", keys: "a,b", input: ["xyz", "ab"], sent: "xyz", detach: true },
    { name: "whose beginning is held back", keys: "a,b", input: ["xa"], sent: "x", detach: false },
    { name: "whose beginning is sent once it is none", keys: "a,b", input: ["a", "x"], sent: "ax", detach: false },
    { name: "that begins again with its first key", keys: "a,b", input: ["aab"], sent: "a", detach: true },
    { name: "of three keys, broken off in the last", keys: "a,b,c", input: ["ab", "abc"], sent: "ab", detach: true },
    { name: "of one key", keys: "q", input: ["xq"], sent: "x", detach: true },
    { name: "with what follows it left out", keys: "a,b", input: ["abxyz"], sent: "", detach: true },
    { name: "that does not come", keys: "a,b", input: ["b", "ba", "cb"], sent: "bbacb", detach: false },
    { name: "that is none: all is sent", keys: "", input: ["\u0010\u0011"], sent: "\u0010\u0011", detach: false },
  ];
  for (const { name, keys, input, sent, detach } of rows) {
    test(name, () => {
      const watch = new DetachWatch(parseDetachKeys(keys));
      const results = input.map((text) => watch.feed(bytes(text)));
      expect(results.map((result) => new TextDecoder().decode(result.send)).join("")).toBe(sent);
      expect(results.some((result) => result.detach)).toBe(detach);
    });
  }
});
