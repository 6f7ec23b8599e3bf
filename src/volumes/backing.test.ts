import { describe, expect, test } from "bun:test";
import { type Backing, backingOf, type DriverOptions } from "./backing.ts";
import { parseVolumeName } from "./name.ts";

describe("where the files of a volume are", () => {
  const cases: readonly (readonly [name: string, options: DriverOptions, want: Backing])[] = [
    ["its own directory", {}, { kind: "directory" }],
    ["a directory of the host", { type: "none", device: "/srv", o: "bind,ro" }, { kind: "bind", source: "/srv", options: ["bind", "ro"] }],
    [
      "a tmpfs",
      { type: "tmpfs", device: "tmpfs", o: "size=1m" },
      { kind: "filesystem", type: "tmpfs", source: "tmpfs", options: ["size=1m"] },
    ],
    [
      "a tmpfs with a size",
      { type: "tmpfs", device: "tmpfs", size: "1m" },
      { kind: "filesystem", type: "tmpfs", source: "tmpfs", options: ["size=1m"] },
    ],
    [
      "a server's",
      { type: "nfs", device: ":/export", o: "addr=192.0.2.1,rw" },
      { kind: "filesystem", type: "nfs", source: ":/export", options: ["addr=192.0.2.1", "rw"] },
    ],
  ];
  for (const [name, options, want] of cases) test(name, () => expect(backingOf(options)).toEqual(want));

  for (const [options, says] of [
    [{ fly: "1" }, 'invalid option: "fly"'],
    [{ type: "nfs" }, 'missing required option: "device"'],
    [{ device: "/srv" }, 'missing required option: "type"'],
    [{ o: "bind" }, 'missing required option: "device"'],
    [{ type: "none", device: "srv", o: "bind" }, "is not an absolute path"],
    [{ size: "1g" }, "project quotas"],
  ] as const) {
    test(`refuses ${JSON.stringify(options)}`, () => expect(() => backingOf(options)).toThrow(says));
  }
});

describe("names of volumes", () => {
  for (const name of ["ab", "A.b-c_9", "a".repeat(255)]) test(name, () => expect(parseVolumeName(name)).toBe(name));
  for (const name of ["", "a", ".a", "a/b", "a b", "-a", "a".repeat(256), "ä1"])
    test(`not ${name}`, () => expect(() => parseVolumeName(name)).toThrow("name"));
});
