import { describe, expect, test } from "bun:test";
import {
  addressBytes,
  familyOf,
  formatAddress,
  fromNumber,
  isIn,
  masked,
  overlap,
  parseAddress,
  parsePrefix,
  splitPrefix,
  toNumber,
} from "./address.ts";

describe("addresses are read as RFC 4291 has them, and written as RFC 5952", () => {
  for (const [text, want] of [
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    ["10.88.0.1", "10.88.0.1"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["FD00::A", "fd00::a"],
    ["2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["0:0:1::", "0:0:1::"],
    ["::ffff:1.2.3.4", "::ffff:102:304"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ] as const)
    test(text, () => expect(parseAddress(text, "x") as string).toBe(want));
});

describe("what is no address is refused", () => {
  for (const text of [
    ..."|1|1.2.3|1.2.3.4.5|256.1.1.1|1.2.3.04|1.2.3.+4|1.2.3.4 | 1.2.3.4|1.2.3.-4|0x1.2.3.4|1e0.2.3.4|１.2.3.4".split("|"),
    ...":|:::|1::2::3|1:2:3:4:5:6:7|1:2:3:4:5:6:7:8:9|1:2:3:4:5:6:7:8::|::1:2:3:4:5:6:7:8|1:2:3:4::5:6:7:8".split("|"),
    ...":1|1:|1::2:|:1::2|12345::|g::|fe80::1%eth0|[::1]|::1.2.3|1.2.3.4::|::1.2.3.4:5|1:2:3:4:5:6:7:1.2.3.4|::/64".split("|"),
  ])
    test(JSON.stringify(text), () => {
      expect(addressBytes(text)).toBeUndefined();
      expect(() => parseAddress(text, "--ip")).toThrow(`--ip: ${JSON.stringify(text)} is not an IP address`);
    });
});

describe("prefixes", () => {
  for (const [text, want] of [
    ["10.88.0.0/13", "10.88.0.0/13"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["10.0.0.1/32", "10.0.0.1/32"],
    ["::/0", "::/0"],
    ["FD00:0::/064", "fd00::/64"],
    ["fd00::1/128", "fd00::1/128"],
  ] as const)
    test(text, () => expect(parsePrefix(text, "x") as string).toBe(want));

  for (const text of ["10.0.0.0", "10.0.0.0/33", "fd00::/129", "10.0.0.0/-1", "10.0.0.0/", "/24", "10.0.0/24", "10.0.0.0/24/24", "a/8"])
    test(`${text} is none`, () => expect(() => parsePrefix(text, "--subnet")).toThrow(`--subnet: "${text}" is not a network`));

  for (const [text, network] of [
    ["10.88.0.1/24", "10.88.0.0/24"],
    ["10.89.0.0/13", "10.88.0.0/13"],
    ["fd00::1/64", "fd00::/64"],
    ["8000::/0", "::/0"],
  ] as const)
    test(`${text} has bits of a host`, () => expect(() => parsePrefix(text, "x")).toThrow(`the network is ${network}`));

  test("are taken apart", () => {
    expect(splitPrefix("10.89.0.1/24")).toEqual({ bytes: Uint8Array.of(10, 89, 0, 1), length: 24, family: 4 });
    expect(splitPrefix("fd00::/64")).toMatchObject({ length: 64, family: 6 });
    for (const text of ["10.89.0.1", "x/24"]) expect(() => splitPrefix(text)).toThrow("is no prefix");
  });
});

test("a mask keeps the first bits", () => {
  const bytes = Uint8Array.of(255, 255, 255, 255);
  for (const [length, want] of [
    [0, [0, 0, 0, 0]],
    [1, [128, 0, 0, 0]],
    [8, [255, 0, 0, 0]],
    [13, [255, 248, 0, 0]],
    [31, [255, 255, 255, 254]],
    [32, [255, 255, 255, 255]],
  ] as const)
    expect([...masked(bytes, length)]).toEqual([...want]);
});

describe("an address lies in a prefix, or does not", () => {
  for (const [address, prefix, want] of [
    ["10.88.0.255", "10.88.0.0/24", true],
    ["10.88.1.0", "10.88.0.0/24", false],
    ["10.95.255.255", "10.88.0.0/13", true],
    ["10.96.0.0", "10.88.0.0/13", false],
    ["1.2.3.4", "0.0.0.0/0", true],
    ["::1", "0.0.0.0/0", false],
    ["fd00::ffff", "fd00::/64", true],
    ["fd00:0:0:1::", "fd00::/64", false],
    ["nothing", "fd00::/64", false],
  ] as const)
    test(`${address} in ${prefix}: ${want}`, () => expect(isIn(address, prefix)).toBe(want));
});

describe("prefixes overlap when one holds the other", () => {
  for (const [a, b, want] of [
    ["10.0.0.0/8", "10.88.0.0/24", true],
    ["10.88.0.0/24", "10.88.1.0/24", false],
    ["10.88.0.0/23", "10.88.1.0/24", true],
    ["0.0.0.0/0", "192.168.0.0/16", true],
    ["0.0.0.0/0", "::/0", false],
    ["fd00::/64", "fd00::/64", true],
    ["fd00::/64", "fd00:0:0:1::/64", false],
  ] as const)
    test(`${a}, ${b}: ${want}`, () => {
      expect(overlap(a, b)).toBe(want);
      expect(overlap(b, a)).toBe(want);
    });
});

test("addresses are numbers and back", () => {
  for (const text of ["0.0.0.0", "255.255.255.255", "10.88.0.1", "::", "fd00::1:2", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]) {
    const bytes = addressBytes(text) ?? new Uint8Array();
    expect(formatAddress(fromNumber(toNumber(bytes), familyOf(text))) as string).toBe(text);
  }
  expect(toNumber(Uint8Array.of(10, 0, 1, 0))).toBe(0x0a000100n);
});
