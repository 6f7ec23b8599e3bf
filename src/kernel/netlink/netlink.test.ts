// Byte for byte what iproute2 6.1 sends for the same wish (strace -e write=all), with the sequence number ours; where it sends another
// attribute, the kernel's headers tell the bytes.
import { describe, expect, test } from "bun:test";
import { opLines } from "../../../test/support/op-lines.ts";
import { type Piece, Registers } from "../plan/plan.ts";
import { addAddress } from "./address.ts";
import { moveLink, setLinkUp } from "./link.ts";
import { addressBytes, parseLinks } from "./link-facts.ts";
import { loopbackUpOps } from "./loopback.ts";
import { encodeMessages, type Message } from "./message.ts";
import { netDeviceOps } from "./net-devices.ts";

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
      messages: [addAddress(1, { address: addressBytes("10.1.2.3"), prefixLength: 24, broadcast: addressBytes("10.1.2.255") })],
      want: "30000000 14000506 01000000 00000000 02180000 01000000 08000200 0a010203 08000400 0a0102ff 08000100 0a010203",
    },
    {
      name: "an IPv6 address",
      messages: [addAddress(1, { address: addressBytes("fd00::7"), prefixLength: 64 })],
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

describe("addresses in text", () => {
  const rows = [
    { text: "192.168.0.1", want: "c0a80001" },
    { text: "::", want: "0".repeat(32) },
    { text: "::1", want: `${"0".repeat(31)}1` },
    { text: "fe80::1:2", want: "fe800000000000000000000000010002" },
    { text: "2001:db8:1:2:3:4:5:6", want: "20010db8000100020003000400050006" },
    { text: "::ffff:10.0.0.1", want: "00000000000000000000ffff0a000001" },
  ];
  for (const { text, want } of rows) test(text, () => expect(Buffer.from(addressBytes(text)).toString("hex")).toBe(want));
});

test("of what ip prints only permanent global addresses are taken", () => {
  const addr_info = [
    { family: "inet", local: "10.0.0.2", prefixlen: 24, broadcast: "10.0.0.255", scope: "global", label: "eth0" },
    { family: "inet", local: "10.0.0.9", prefixlen: 24, scope: "global", dynamic: true },
    { family: "inet6", local: "fe80::1", prefixlen: 64, scope: "link" },
    { family: "inet6", local: "fd00::2", prefixlen: 64, scope: "global" },
    { prefixlen: 64, scope: "global" },
    null,
  ];
  expect(parseLinks([{ ifname: "eth0", ifindex: 2, addr_info }, { ifname: "bad" }, 7])).toEqual([
    {
      name: "eth0",
      index: 2,
      addresses: [
        { address: addressBytes("10.0.0.2"), prefixLength: 24, broadcast: addressBytes("10.0.0.255") },
        { address: addressBytes("fd00::2"), prefixLength: 64 },
      ],
    },
  ]);
  expect(parseLinks({})).toEqual([]);
});

describe("ops", () => {
  const link = { name: "eth1", index: 5, addresses: [{ address: addressBytes("10.0.0.2"), prefixLength: 24 }] };
  const context = (links = [link]) => ({ registers, proc: registers.named("proc"), pid: registers.named("pid"), links });

  test("loopback is one message", () => {
    expect(opLines(loopbackUpOps(), registers)).toEqual(["netlink protocol=0 messages=<32 bytes> acks=1"]);
  });

  test("an interface leaves the host's namespace, and is given its addresses and taken up in the container's", () => {
    expect(opLines(netDeviceOps({ eth1: { name: "eth0" } }, context()), registers)).toEqual([
      "openPid proc=proc pid=pid -> pid dir",
      'open dir=pid dir path="ns/net" flags=0 mode=0 -> container netns',
      'open dir=proc path="self/ns/net" flags=0 mode=0 -> host netns',
      "netlink protocol=0 messages=<32 bytes>+<32 bytes>+<12 bytes>+<4 bytes>+u32 container netns+<8 bytes> acks=2",
      "setns fd=container netns types=0x40000000",
      "netlink protocol=0 messages=<24 bytes>+<8 bytes>+<8 bytes>+<32 bytes> acks=2",
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
