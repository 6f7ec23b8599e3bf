import { describe, expect, test } from "bun:test";
import type { DeviceRule } from "../../../spec/runtime/config.ts";
import { devicePolicy } from "./rules.ts";
import { deviceTransition, isDisruptive } from "./transition.ts";

const FUSE: DeviceRule = { allow: true, type: "c", major: 10, minor: 229, access: "rw" };
const ALL: DeviceRule = { allow: true, type: "a" };
const NO_DISKS: DeviceRule = { allow: false, type: "b", major: 8 };

function writes(before: readonly DeviceRule[], after: readonly DeviceRule[]): string[] {
  return deviceTransition(devicePolicy(before), devicePolicy(after)).map(({ file, data }) => `${file.slice(8)} ${data}`);
}

describe("from one device list to another", () => {
  test("nothing is written when they are the same", () => expect(writes([FUSE], [FUSE])).toEqual([]));
  test("one more device is one line", () => expect(writes([], [FUSE])).toEqual(["allow c 10:229 rw"]));
  test("access that goes is denied before access that comes is allowed", () => {
    expect(
      writes(
        [FUSE],
        [
          { ...FUSE, access: "r" },
          { ...FUSE, minor: 200 },
        ],
      ),
    ).toEqual(["deny c 10:229 w", "allow c 10:200 rw"]);
  });
  test("between deny lists the new denials come first", () => {
    expect(writes([ALL, NO_DISKS], [ALL, { ...NO_DISKS, major: 9 }])).toEqual(["deny b 9:* rwm", "allow b 8:* rwm"]);
  });
  test("a change of the default starts afresh", () => {
    expect(writes([FUSE], [ALL, NO_DISKS])).toEqual(["allow a", "deny b 8:* rwm"]);
    expect(writes([ALL], [])[0]).toBe("deny a");
    expect(isDisruptive(devicePolicy([ALL]), devicePolicy([]))).toBe(true);
    expect(isDisruptive(devicePolicy([]), devicePolicy([ALL]))).toBe(false);
  });
});
