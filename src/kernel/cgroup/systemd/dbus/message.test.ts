import { describe, expect, test } from "bun:test";
import { marshal } from "./marshal.ts";
import { decodeMessage, encodeMessage, MESSAGE_TYPE, messageLength } from "./message.ts";
import { completeTypes, type DBusValue } from "./signature.ts";
import { unmarshal } from "./unmarshal.ts";

// Made by another implementation: Gio.DBusMessage.to_blob() of GLib 2.74.
const START_UNIT = Uint8Array.fromHex(
  "6c0100012001000007000000b300000001016f00190000002f6f72672f667265656465736b746f702f73797374656d64310000000000000002017300" +
    "200000006f72672e667265656465736b746f702e73797374656d64312e4d616e61676572000000000000000006017300180000006f72672e66726565" +
    "6465736b746f702e73797374656d64310000000000000000080167001073736128737629612873612873762929000000030173001200000053746172" +
    "745472616e7369656e74556e69740000000000000d0000007465752d7765622e73636f7065000000070000007265706c61636500ef00000000000000" +
    "05000000536c696365000173000000000c00000073797374656d2e736c69636500000000000000000800000044656c65676174650001620001000000" +
    "00000000090000004d656d6f72794d617800017400000000000000000000000400000000040000005049447300026175000000000400000067120000" +
    "0b000000416c6c6f7765644350557300026179000200000007020000000000000b000000446576696365416c6c6f7700056128737329000037000000" +
    "000000000d0000002f6465762f636861722f313a330000000300000072776d000000000008000000636861722d313336000000000200000072770000" +
    "0000000000000000",
);
const EVERY_TYPE = Uint8Array.fromHex(
  "6c04010174000000010000004a00000001016f00020000002f610000000000000201730003000000612e620000000000080167001779626e71697874" +
    "64736f677628697929617b73767d617300000000030173000100000043000000000000000100000001000000fefffffffdfffffffcffffffffffffff" +
    "ffffffffffffffff000000000000e03f02000000c3a90000020000002f610005617b73767d0003287329000000000000010000007800000005000000" +
    "060000001000000000000000010000006b000175000000000900000000000000",
);
const BIG_ENDIAN = Uint8Array.fromHex(
  "4204010100000010000000010000003201016f00000000022f610000000000000201730000000003612e620000000000080167000275740003017300" +
    "00000001430000000000000000000001000000000000000000000002",
);

/** The body that START_UNIT was made of. */
const START_BODY: readonly DBusValue[] = [
  "teu-web.scope",
  "replace",
  [
    ["Slice", { signature: "s", value: "system.slice" }],
    ["Delegate", { signature: "b", value: true }],
    ["MemoryMax", { signature: "t", value: 67108864n }],
    ["PIDs", { signature: "au", value: [4711] }],
    ["AllowedCPUs", { signature: "ay", value: new Uint8Array([7, 2]) }],
    [
      "DeviceAllow",
      {
        signature: "a(ss)",
        value: [
          ["/dev/char/1:3", "rwm"],
          ["char-136", "rw"],
        ],
      },
    ],
  ],
  [],
];

describe("a D-Bus message", () => {
  test("of another implementation is read as it was meant", () => {
    expect(messageLength(START_UNIT)).toBe(START_UNIT.length);
    expect(decodeMessage(START_UNIT)).toEqual({
      type: MESSAGE_TYPE.call,
      serial: 7,
      fields: {
        path: "/org/freedesktop/systemd1",
        interface: "org.freedesktop.systemd1.Manager",
        member: "StartTransientUnit",
        destination: "org.freedesktop.systemd1",
        signature: "ssa(sv)a(sa(sv))",
      },
      body: START_BODY,
    });
  });

  test("has the same bytes as theirs, but for the free order of header fields", () => {
    const ours = encodeMessage(decodeMessage(START_UNIT));
    const body = marshal("ssa(sv)a(sa(sv))", START_BODY);
    expect(body.toHex()).toBe(START_UNIT.slice(-body.length).toHex());
    expect(ours.length).toBe(START_UNIT.length);
    expect(ours.slice(-body.length).toHex()).toBe(body.toHex());
    expect(decodeMessage(ours)).toEqual(decodeMessage(START_UNIT));
  });

  test("of every type goes there and back", () => {
    const message = decodeMessage(EVERY_TYPE);
    const { body } = message;
    expect<unknown>(body.slice(0, 11)).toEqual([1, true, -2, 65535, -3, -4n, 0xffffffffffffffffn, 0.5, "é", "/a", "a{sv}"]);
    expect<unknown>(body.slice(11)).toEqual([{ signature: "(s)", value: ["x"] }, [5, 6], [["k", { signature: "u", value: 9 }]], []]);
    const bytes = marshal(String(message.fields.signature), body);
    expect(bytes.toHex()).toBe(EVERY_TYPE.slice(-bytes.length).toHex());
  });

  test("may be big-endian", () => expect<unknown>(decodeMessage(BIG_ENDIAN).body).toEqual([1, 2n]));

  test("cut short anywhere is refused, not misread", () => {
    for (let length = 16; length < START_UNIT.length; length++)
      expect(() => decodeMessage(START_UNIT.slice(0, length))).toThrow(RangeError);
  });

  test("with any one byte changed is read or refused, and nothing else happens", () => {
    for (let at = 0; at < EVERY_TYPE.length; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bytes = EVERY_TYPE.with(at, value);
        try {
          decodeMessage(bytes);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
        }
      }
    }
  });

  test("of a size that nobody sends is refused before it is waited for", () => {
    const bytes = START_UNIT.slice();
    new DataView(bytes.buffer).setUint32(4, 0xfffffff0, true);
    expect(() => messageLength(bytes)).toThrow(RangeError);
  });
});

describe("signatures", () => {
  test("fall into complete types", () => expect(completeTypes("sa(sv)a{sa{uv}}aai")).toEqual(["s", "a(sv)", "a{sa{uv}}", "aai"]));
  for (const signature of ["a", "(", "()", "(s", "z", `${"a".repeat(80)}s`]) {
    test(`${signature.slice(0, 8)} is refused`, () => expect(() => completeTypes(signature)).toThrow(RangeError));
  }
});

test("a value that is not of its type is refused", () => {
  expect(() => marshal("s", [1])).toThrow(RangeError);
  expect(() => marshal("u", [1.5])).toThrow(RangeError);
  expect(() => marshal("(su)", [["x"]])).toThrow(RangeError);
  expect(() => marshal("ss", ["x"])).toThrow(RangeError);
});

test("variants nested without end are refused", () => {
  const nested = new Uint8Array(3 * 100).map((_, index) => [1, "v".charCodeAt(0), 0][index % 3] ?? 0);
  expect(() => unmarshal("v", nested)).toThrow(RangeError);
});
