import { describe, expect, test } from "bun:test";
import { bucketFor, ifbName, shapingMessages } from "./shaping.ts";

const ENDPOINT = "f".repeat(64);

describe("a rate's bucket", () => {
  for (const [rate, burst, limit] of [
    [10_000, 65_536, 66_536],
    [1_000_000, 65_536, 165_536],
    [125_000_000, 2_500_000, 15_000_000],
    [1e12, 0xffff_ffff, 0xffff_ffff],
  ] as const)
    test(`of ${rate} bytes a second`, () => expect(bucketFor(rate)).toEqual({ rate, burst, limit }));
});

describe("an endpoint's", () => {
  test("ifb has a name that fits", () => expect(ifbName(ENDPOINT)).toBe("tifbfffffffffff"));

  for (const [rate, hasIngress, want] of [
    [{ in: 1, out: 0 }, false, ["rate of what comes to eth0"]],
    [{ in: 0, out: 0 }, false, []],
    [{ in: 0, out: 1 }, true, Array.from({ length: 4 }, () => "rate of what leaves eth0")],
    [{ in: 0, out: 1 }, false, Array.from({ length: 5 }, () => "rate of what leaves eth0")],
  ] as const)
    test(`messages for ${JSON.stringify(rate)}${hasIngress ? " beside other filters" : ""}`, () => {
      const messages = shapingMessages({ endpoint: ENDPOINT, veth: 7, ifb: 8, interface: "eth0", rate, alias: "teu:teu:x", hasIngress });
      expect(messages.map(({ subject }) => subject)).toEqual([...want]);
    });
});
