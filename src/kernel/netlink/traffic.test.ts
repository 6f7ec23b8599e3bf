import { describe, expect, test } from "bun:test";
import { encodeMessages, type Message } from "./message.ts";
import { ingressQdisc, tbf, u32Redirect } from "./traffic.ts";

/** The bytes behind struct nlmsghdr. */
function body(message: Message): string {
  const bytes = encodeMessages([message]).map((chunk) => (chunk instanceof Uint8Array ? chunk.toHex() : "?"));
  return bytes.join("").slice(32);
}

describe("tc's messages", () => {
  test("a token bucket", () => {
    const kind = "0800010074626600";
    const parameters = `28000100000100000000000040420f00${"00".repeat(12)}a08602000000000000000000`;
    const wanted = `000000000700000000000000ffffffff00000000${kind}34000280${parameters}0800060000000100`;
    expect(body(tbf(7, { rate: 1_000_000, burst: 65_536, limit: 165_536 }))).toBe(wanted);
  });

  test("one of more than 4 GiB a second has its rate in 64 bits, too", () => {
    expect(body(tbf(7, { rate: 6_000_000_000, burst: 1, limit: 1 }))).toContain("0c00040000bca06501000000");
  });

  test("the queue of what comes in", () => {
    expect(body(ingressQdisc(7))).toBe(`00000000070000000000fffff1ffffff000000000c000100696e677265737300`);
  });

  test("all goes elsewhere, or what is for one address", () => {
    const all = body(u32Redirect(7, { to: 9, priority: 2 }));
    expect(all.slice(0, 40)).toBe("0000000007000000000000000000ffff00030200");
    // One key that every packet fits, and the action: redirect to interface 9.
    expect(all).toContain(`2400050001000100${"00".repeat(28)}`);
    expect(all.endsWith("0400000000000000000000000100000009000000")).toBe(true);
    const some = body(u32Redirect(7, { to: 9, destination: Uint8Array.of(10, 9, 8, 7) }));
    expect(some.slice(32, 40)).toBe("08000100");
    expect(some).toContain("ffffffff0a09080710000000");
  });
});
