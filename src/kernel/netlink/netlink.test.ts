// Byte for byte what iproute2 6.1 sends for the same wish (strace -e write=all), with the sequence number ours; where it sends another
// attribute, the kernel's headers tell the bytes.
import { describe, expect, test } from "bun:test";
import { opLines } from "../../../test/support/op-lines.ts";
import { type Piece, Registers } from "../plan/plan.ts";
import { dumpLinksOps, linkFactsOf } from "./interfaces/link-facts.ts";
import { loopbackUpOps } from "./interfaces/loopback.ts";
import { netDeviceOps } from "./interfaces/net-devices.ts";
import { encodeMessages, type Message } from "./message.ts";
import { addAddress } from "./rtnetlink/addresses.ts";
import { moveLink, setLinkUp } from "./rtnetlink/links.ts";

/** What the launcher would send when every register held `value`. */
function bytes(pieces: readonly Piece[], value: number): string {
  const hex = pieces.map((piece) => {
    if (piece instanceof Uint8Array) return Buffer.from(piece).toString("hex");
    const word = Buffer.alloc(4);
    word.writeUInt32LE(value);
    return word.toString("hex");
  });
  return hex.join("").replace(/(.{8})(?=.)/g, "$1 ");
}

const registers = new Registers();
const namespace = registers.named("netns");

describe("messages", () => {
  const rows: readonly { name: string; messages: readonly Message[]; want: string }[] = [
    { name: "lo up", messages: [setLinkUp(1, true)], want: "20000000 10000500 01000000 00000000 00000000 01000000 01000000 01000000" },
    {
      name: "an interface down",
      messages: [setLinkUp(2, false)],
      want: "20000000 10000500 01000000 00000000 00000000 02000000 00000000 01000000",
    },
    {
      name: "an IPv4 address with its broadcast address",
      messages: [addAddress(1, { address: Uint8Array.fromHex("0a010203"), prefixLength: 24, broadcast: Uint8Array.fromHex("0a0102ff") })],
      want: "30000000 14000506 01000000 00000000 02180000 01000000 08000200 0a010203 08000400 0a0102ff 08000100 0a010203",
    },
    {
      name: "an IPv6 address",
      messages: [addAddress(1, { address: Uint8Array.fromHex("fd000000000000000000000000000007"), prefixLength: 64 })],
      want:
        "40000000 14000506 01000000 00000000 0a400000 01000000 " +
        "14000200 fd000000 00000000 00000000 00000007 14000100 fd000000 00000000 00000000 00000007",
    },
    {
      name: "an interface moved and renamed, its index kept (IFLA_IFNAME 3, IFLA_NET_NS_FD 28, IFLA_NEW_IFINDEX 49)",
      messages: [moveLink(3, { name: "moved", namespace })],
      want:
        "3c000000 10000500 01000000 00000000 00000000 03000000 00000000 00000000 " +
        "0a000300 6d6f7665 64000000 08001c00 09000000 08003100 03000000",
    },
    {
      name: "several, numbered",
      messages: [setLinkUp(1, true), setLinkUp(2, true)],
      want:
        "20000000 10000500 01000000 00000000 00000000 01000000 01000000 01000000 " +
        "20000000 10000500 02000000 00000000 00000000 02000000 01000000 01000000",
    },
  ];
  for (const { name, messages, want } of rows) test(name, () => expect(bytes(encodeMessages(messages), 9)).toBe(want));

  test("the length in the header is what is sent", () => {
    for (const name of ["a", "abc", "abcd", "abcdefghijklmno"]) {
      const sent = bytes(encodeMessages([moveLink(3, { name, namespace })]), 9).replaceAll(" ", "");
      expect(Buffer.from(sent, "hex").readUInt32LE(0)).toBe(sent.length / 2);
    }
  });
});

/** Messages as the kernel sends them: those that we send, less the request's flags. */
function dumpOf(messages: readonly Message[]): Uint8Array {
  return Uint8Array.fromHex(bytes(encodeMessages(messages), 0).replaceAll(" ", ""));
}

describe("the kernel's tables", () => {
  const link = (index: number, name: string): Message => ({
    type: 16,
    flags: 0,
    header: Uint8Array.of(0, 0, 1, 0, index, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    attributes: [{ type: 3, value: new TextEncoder().encode(`${name}\0`) }],
  });
  const PERMANENT = 0x80;
  const address = (index: number, hex: string, more: { readonly flags?: number; readonly scope?: number } = {}): Message => ({
    type: 20,
    flags: 0,
    header: Uint8Array.of(hex.length === 8 ? 2 : 10, 24, more.flags ?? PERMANENT, more.scope ?? 0, index, 0, 0, 0),
    attributes: [{ type: 1, value: Uint8Array.fromHex(hex) }],
  });
  const LINK_SCOPE = 253;
  const rows: readonly { name: string; messages: readonly Message[]; want: unknown }[] = [
    { name: "a link without addresses", messages: [link(5, "eth0")], want: [{ name: "eth0", index: 5, addresses: [] }] },
    {
      name: "each address is its own link's",
      messages: [link(1, "a"), link(2, "b"), address(2, "0a000002")],
      want: [
        { name: "a", index: 1, addresses: [] },
        { name: "b", index: 2, addresses: [{ address: Uint8Array.fromHex("0a000002"), prefixLength: 24 }] },
      ],
    },
    {
      name: "only permanent ones of global scope are taken",
      messages: [link(5, "a"), address(5, "0a000002", { flags: 0 }), address(5, `fe80${"0".repeat(27)}1`, { scope: LINK_SCOPE })],
      want: [{ name: "a", index: 5, addresses: [] }],
    },
    {
      name: "the wide flags count, where they are there",
      messages: [
        link(5, "a"),
        {
          ...address(5, "0a000002", { flags: 0 }),
          attributes: [...address(5, "0a000002").attributes, { type: 8, value: Uint8Array.of(PERMANENT, 0, 0, 0) }],
        },
      ],
      want: [{ name: "a", index: 5, addresses: [{ address: Uint8Array.fromHex("0a000002"), prefixLength: 24 }] }],
    },
    {
      name: "an address with a peer is the local one, and keeps its broadcast address",
      messages: [
        link(5, "a"),
        {
          ...address(5, "0a000001"),
          attributes: [
            { type: 1, value: Uint8Array.fromHex("0a000001") },
            { type: 2, value: Uint8Array.fromHex("0a000002") },
            { type: 4, value: Uint8Array.fromHex("0a0000ff") },
          ],
        },
      ],
      want: [
        {
          name: "a",
          index: 5,
          addresses: [{ address: Uint8Array.fromHex("0a000002"), prefixLength: 24, broadcast: Uint8Array.fromHex("0a0000ff") }],
        },
      ],
    },
    { name: "other messages are passed over", messages: [{ ...link(5, "a"), type: 24 }], want: [] },
  ];
  for (const { name, messages, want } of rows) test(name, () => expect<unknown>(linkFactsOf(dumpOf(messages))).toEqual(want));

  test("a dump that is torn gives what is whole", () => {
    const whole = dumpOf([link(5, "eth0"), link(6, "eth1")]);
    for (let length = 0; length < whole.length; length += 1) expect(linkFactsOf(whole.subarray(0, length)).length).toBeLessThan(3);
    expect(linkFactsOf(new Uint8Array(64))).toEqual([]);
  });

  test("both are asked for", () => {
    expect(opLines(dumpLinksOps(namespace), registers)).toEqual([
      "netlinkDump protocol=0 request=<40 bytes> to=netns",
      "netlinkDump protocol=0 request=<24 bytes> to=netns",
    ]);
  });
});

describe("ops", () => {
  const link = { name: "eth1", index: 5, addresses: [{ address: Uint8Array.fromHex("0a000002"), prefixLength: 24 }] };
  const context = (links = [link]) => ({ registers, proc: registers.named("proc"), pid: registers.named("pid"), links });

  test("loopback is one message", () => {
    expect(opLines(loopbackUpOps(), registers)).toEqual(["netlink protocol=0 messages=<32 bytes> acks=1"]);
  });

  test("an interface leaves the host's namespace, and is given its addresses and taken up in the container's", () => {
    expect(opLines(netDeviceOps({ eth1: { name: "eth0" } }, context()), registers)).toEqual([
      "openPid proc=proc pid=pid -> pid dir",
      'open dir=pid dir path="ns/net" flags=0 mode=0 -> container netns',
      'open dir=proc path="self/ns/net" flags=0 mode=0 -> host netns',
      "netlink protocol=0 messages=<80 bytes>+u32 container netns+<8 bytes> acks=2",
      "setns fd=container netns types=0x40000000",
      "netlink protocol=0 messages=<72 bytes> acks=2",
      "setns fd=host netns types=0x40000000",
      "close fd=pid dir",
      "close fd=container netns",
      "close fd=host netns",
    ]);
  });

  test("no interface asked for is no op", () => {
    expect(netDeviceOps(undefined, context())).toEqual([]);
    expect(netDeviceOps({}, context())).toEqual([]);
  });

  test("every interface that the host lacks is named", () => {
    expect(() => netDeviceOps({ a: {}, eth1: {}, b: {} }, context())).toThrow(
      "linux.netDevices.a: no such interface on the host; linux.netDevices.b: no such interface on the host",
    );
  });
});
