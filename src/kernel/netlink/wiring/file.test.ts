import { describe, expect, test } from "bun:test";
import { NAMESPACE } from "../message.ts";
import { askForTable } from "../nftables/messages.ts";
import { setLinkUp } from "../rtnetlink/links.ts";
import { encodeWiring, inBatch, PART, WIRING_MAGIC } from "./file.ts";
import type { Described, Wiring } from "./wiring.ts";

const NOTHING: Wiring = { hold: [], host: [], firewall: [], inside: [] };
const named: Described = {
  message: { type: 16, flags: 0, header: new Uint8Array(16), attributes: [{ type: 28, value: NAMESPACE }] },
  subject: "an interface",
};
const up: Described = { message: setLinkUp(5, true), subject: "another" };

/** A part of a file: its bytes, and the offsets behind them. */
function partOf(file: Uint8Array, number: number): { readonly bytes: string; readonly places: readonly number[] } {
  const view = new DataView(file.buffer);
  const word = (at: number) => view.getUint32(at, true);
  const row = 16 + number * 16;
  const [offset, length, places] = [word(row), word(row + 4), word(row + 8)];
  return {
    bytes: Buffer.from(file.subarray(offset, offset + length)).toString("hex"),
    places: Array.from({ length: places }, (_, index) => word(offset + length + index * 4)),
  };
}

describe("the wiring file", () => {
  test("of nothing has all its parts, empty", () => {
    const file = encodeWiring(NOTHING);
    const view = new DataView(file.buffer);
    expect([view.getUint32(0, true), view.getUint32(4, true), view.getUint32(8, true)]).toEqual([WIRING_MAGIC, 4, file.length]);
    for (const number of Object.values(PART)) expect(partOf(file, number)).toEqual({ bytes: "", places: [] });
  });

  test("leaves room for the namespace's descriptor, and says where", () => {
    const { bytes, places } = partOf(encodeWiring({ ...NOTHING, host: [up, named] }), PART.host);
    expect(places).toEqual([32 + 32 + 4]);
    expect(bytes.slice(2 * 64, 2 * 72)).toBe("08001c0000000000");
  });

  test("numbers the messages of a part from 1", () => {
    const { bytes } = partOf(encodeWiring({ ...NOTHING, inside: [up, up] }), PART.inside);
    expect([bytes.slice(16, 24), bytes.slice(64 + 16, 64 + 24)]).toEqual(["01000000", "02000000"]);
  });

  test("has a port as socket(2) and bind(2) want it", () => {
    const hold = [
      { protocol: "tcp", address: Uint8Array.of(127, 0, 0, 1), port: 8080, subject: "a" },
      { protocol: "udp", address: Uint8Array.fromHex("fd000000000000000000000000000001"), port: 53, subject: "b" },
    ] as const;
    expect(partOf(encodeWiring({ ...NOTHING, hold }), PART.hold).bytes).toBe(
      "0200010006001f907f000001000000000000000000000000" + "0a00020011000035fd000000000000000000000000000001",
    );
  });
});

describe("a batch of the firewall", () => {
  const rule: Described = { message: { ...up.message, type: (10 << 8) | 6 }, subject: "a rule" };
  const ends = (messages: readonly Described[]) => inBatch(messages).map(({ message }) => message.type);

  test("gets its two ends", () => expect(ends([rule])).toEqual([16, (10 << 8) | 6, 17]));
  test("that has them keeps them", () => expect(inBatch(inBatch([rule]))).toEqual(inBatch([rule])));
  test("of another part of nfnetlink is none", () =>
    expect(ends([{ ...rule, message: { ...rule.message, type: 1 << 8 } }])).toEqual([1 << 8]));
  test("is not made of a question", () => {
    const message = askForTable({ family: "ip", name: "teu" });
    expect(ends([{ ...rule, message }])).toEqual([message.type]);
  });
  test("of nothing is nothing", () => expect(ends([])).toEqual([]));
});
