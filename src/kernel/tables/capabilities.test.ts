import { expect, test } from "bun:test";
import { CAPABILITY_NAMES } from "../../spec/runtime/names.ts";
import { allCapabilities, capabilityMask, capabilityNames, capabilityNumber } from "./capabilities.ts";

test("a mask gives back its names, in the order of the numbers and once each", () => {
  expect(capabilityNames(capabilityMask(["CAP_KILL", "CAP_CHOWN", "CAP_KILL"]))).toEqual(["CAP_CHOWN", "CAP_KILL"]);
});

test("all names make all capabilities", () => expect(capabilityMask(CAPABILITY_NAMES)).toBe(allCapabilities(40)));

test("names beyond 32 bits are not folded into the first word", () => expect(capabilityMask(["CAP_BPF"])).toBe(1n << 39n));

test("unknown names make no capability, nor do those without CAP_", () => {
  expect(capabilityMask(["CAP_SOMEDAY", "KILL", "constructor"])).toBe(0n);
  expect(capabilityNumber("CAP_SOMEDAY")).toBeUndefined();
});

test("numbers newer than this program have no name", () => expect(capabilityNames(1n << 41n)).toEqual([]));
