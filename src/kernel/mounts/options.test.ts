import { describe, expect, test } from "bun:test";
import { MOUNT_ATTR, MS } from "../tables/mount-flags.ts";
import { MOUNT_OPTIONS, mountOptionNames, propagationFlags } from "../tables/mount-options.ts";
import { parseMountOptions } from "./options.ts";

const { RDONLY, NOSUID, NODEV, NOEXEC, NOATIME, STRICTATIME, NODIRATIME, _ATIME } = MOUNT_ATTR;

describe("attributes", () => {
  const rows = [
    { name: "nothing asked for changes nothing", options: ["defaults", "silent", "loud"], set: 0, clear: 0 },
    { name: "ro sets, and its opposite is not spoken of", options: ["ro"], set: RDONLY, clear: 0 },
    { name: "rw clears", options: ["rw"], set: 0, clear: RDONLY },
    { name: "the later of two opposites wins", options: ["ro", "nosuid", "rw"], set: NOSUID, clear: RDONLY },
    { name: "the later of two opposites wins, the other way round", options: ["exec", "dev", "noexec"], set: NOEXEC, clear: NODEV },
    { name: "an access-time choice clears the whole enumeration", options: ["noatime"], set: NOATIME, clear: _ATIME },
    { name: "relatime, whose value is 0, is a choice too", options: ["relatime"], set: 0, clear: _ATIME },
    { name: "the last access-time choice replaces the ones before", options: ["noatime", "strictatime"], set: STRICTATIME, clear: _ATIME },
    { name: "taking a choice back gives the kernel's default", options: ["noatime", "atime"], set: 0, clear: _ATIME },
    { name: "nodiratime is apart from the choice", options: ["nodiratime", "relatime"], set: NODIRATIME, clear: _ATIME },
  ];
  for (const { name, options, set, clear } of rows) {
    test(name, () => expect(parseMountOptions(options).attributes).toEqual({ set, clear }));
    test(`${name}, recursively`, () => {
      const recursive = options.map((option) => (MOUNT_OPTIONS.some((row) => row.name === `r${option}`) ? `r${option}` : option));
      expect(parseMountOptions(recursive).recursive).toEqual({ set, clear });
    });
  }
});

describe("the other kinds", () => {
  test("superblock flags are set and cleared", () => {
    expect(parseMountOptions(["sync", "dirsync", "async", "lazytime", "nomand"]).super).toEqual({
      set: MS.DIRSYNC | MS.LAZYTIME,
      clear: MS.SYNCHRONOUS | MS.MANDLOCK,
    });
  });

  test("propagation types are kept in order", () => {
    expect(parseMountOptions(["rslave", "shared"]).propagation).toEqual([MS.SLAVE | MS.REC, MS.SHARED]);
  });

  test("bind, remount and the extensions are recognized", () => {
    const { bind, remount, copyUp, idmap } = parseMountOptions(["rbind", "remount", "tmpcopyup", "ridmap"]);
    expect({ bind, remount, copyUp, idmap }).toEqual({
      bind: { recursive: true },
      remount: true,
      copyUp: true,
      idmap: { recursive: true },
    });
  });

  const data = [
    { name: "unknown names are the file system's", options: ["mode=755", "acl", "size=1k"], want: ["mode=755", "acl", "size=1k"] },
    { name: "one option may hold several", options: ["mode=755,size=1k"], want: ["mode=755", "size=1k"] },
    { name: "quotes keep a comma and go", options: ['context="u:r:t:s0:c1,c2",size=1k'], want: ["context=u:r:t:s0:c1,c2", "size=1k"] },
    { name: "a backslash keeps a comma", options: ["lowerdir=a\\,b:c,index=off"], want: ["lowerdir=a\\,b:c", "index=off"] },
    { name: "names for fstab's readers are dropped", options: ["x-systemd.automount", "X-mount.mkdir", "nofail", "_netdev"], want: [] },
    { name: "names are case-sensitive", options: ["RO"], want: ["RO"] },
  ];
  for (const { name, options, want } of data) test(name, () => expect(parseMountOptions(options).data).toEqual(want));
});

describe("the table", () => {
  test("names each option once", () => {
    const names = mountOptionNames();
    expect(new Set(names).size).toBe(names.length);
  });

  test("holds every option of the specification", () => {
    // runtime-spec 1.3 config.md, "Linux mount options"
    const specified = `async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime noexec noiversion
      nolazytime nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime relatime remount rexec rnoatime
      rnodiratime rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid
      rsymfollow runbindable rw shared silent slave strictatime suid symfollow sync tmpcopyup unbindable idmap ridmap`;
    const names = new Set(mountOptionNames());
    expect(specified.split(/\s+/).filter((name) => !names.has(name))).toEqual([]);
  });

  test("gives propagation types by name", () => {
    expect(["rshared", "private", "ro", ""].map(propagationFlags)).toEqual([MS.SHARED | MS.REC, MS.PRIVATE, undefined, undefined]);
  });
});
