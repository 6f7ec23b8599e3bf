import { expect, test } from "bun:test";
import { reverseAddress } from "./reverse.ts";

const NIBBLES = `1.${"0.".repeat(23)}8.b.d.0.1.0.0.2`;

// biome-ignore format: table
const ROWS: readonly [name: string, want: string | undefined][] = [
  ["2.0.89.10.in-addr.arpa",           "10.89.0.2"],
  ["256.0.89.10.in-addr.arpa",         undefined],
  ["02.0.89.10.in-addr.arpa",          undefined],
  ["0.89.10.in-addr.arpa",             undefined],
  ["1.2.0.89.10.in-addr.arpa",         undefined],
  ["2.0.89.10.in-addr.arpa.example",   undefined],
  [`${NIBBLES}.ip6.arpa`,              "2001:db8::1"],
  [`${NIBBLES.slice(2)}.ip6.arpa`,     undefined],
  [`0.${NIBBLES}.ip6.arpa`,            undefined],
  [`${NIBBLES.replace("8", "g")}.ip6.arpa`, undefined],
  ["web",                              undefined],
  ["",                                 undefined],
];
for (const [name, want] of ROWS)
  test(`${name} is ${want ?? "no address"}`, () => expect(reverseAddress(name) as string | undefined).toBe(want));
