import { expect, test } from "bun:test";
import { lineEdits } from "./line-edits.ts";

const lines = (text: string) => text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
const put = (text: Buffer, at: number, bytes: Uint8Array) => {
  const next = Buffer.alloc(Math.max(text.length, at + bytes.length));
  text.copy(next);
  next.set(bytes, at);
  return next;
};

const CASES: readonly { readonly from: string; readonly to: readonly string[] }[] = [
  { from: "", to: ["10.0.0.1\ta", "fd00::1\ta"] },
  { from: "127.0.0.1 localhost\n10.0.0.1 a\n", to: ["127.0.0.1 localhost", "10.0.0.1 a", "10.0.0.2 b"] },
  {
    from: "127.0.0.1 localhost\n10.0.0.1 a\n# mine\n10.0.0.9 z\n",
    to: ["127.0.0.1 localhost", "# mine", "10.0.0.77 longer-than-before", "::5 y"],
  },
  { from: "127.0.0.1 localhost\n10.0.0.1 a", to: ["10.0.0.2 b"] },
  {
    from: "127.0.0.1 localhost\n                     \n   \n10.0.0.1 a\n",
    to: ["127.0.0.1 localhost", "1.2.3.4 b", "1.2.3.5 c", "1.2.3.6 d"],
  },
  { from: "     \n     \n     \n1.2.3.4 b\n", to: ["1.2.3.4 b", "1.2.3.5 cccccc"] },
  { from: "127.0.0.1 localhost\n         \n     ", to: ["1.2.3.4 b", "1.2.3.5 c"] },
  { from: "10.0.0.1 a\n10.0.0.1 a\n\n\n", to: ["10.0.0.1 a", "10.0.0.1 ä"] },
];

for (const { from, to } of CASES) {
  test(`${JSON.stringify(from)} is never half changed on its way to ${JSON.stringify(to)}`, () => {
    const known = new Set([...lines(from), ...to]);
    const stays = lines(from).filter((line) => to.includes(line));
    const check = (text: Buffer) => {
      const found = lines(text.toString());
      for (const line of found) expect(known).toContain(line);
      for (const line of stays) expect(found).toContain(line);
    };
    let text: Buffer = Buffer.from(from);
    for (const { at, bytes } of lineEdits(from, to)) {
      expect(at).toBeLessThanOrEqual(text.length);
      const next = put(text, at, bytes);
      // Who reads meanwhile has the beginning of the one and the end of the other.
      for (let cut = 0; cut <= bytes.length; cut++) {
        check(put(text, at, bytes.subarray(0, cut)));
        if (at + bytes.length <= text.length) check(put(text, at + cut, bytes.subarray(cut)));
      }
      text = next;
    }
    expect(lines(text.toString()).toSorted()).toEqual(to.filter((line) => !line.startsWith("#")).toSorted());
    for (const line of to) expect(text.toString().split("\n")).toContain(line);
  });
}
