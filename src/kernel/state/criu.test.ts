// The pure parts of checkpoint and restore; with criu itself: test/qemu/criu.test.ts.
import { describe, expect, test } from "bun:test";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import { lastErrors } from "./criu.ts";
import { dumpMounts, externalMounts, lostRestraints, restoreMounts, unrestorable } from "./criu-mounts.ts";
import { dumpStreams, restoreStreams } from "./criu-stdio.ts";

describe("the errors of a log", () => {
  const rows = [
    { name: "none", log: "(00.1) Warn  (criu/x.c:1): no harm\n(00.2) Dumping finished successfully\n", want: undefined },
    {
      name: "the last one that says what failed",
      log: "(00.1) Error (criu/filesystems.c:426): Can't dump tmpfs content\n(00.2) Error (criu/cr-dump.c:2053): Dumping FAILED.\n",
      want: "Can't dump tmpfs content",
    },
    {
      name: "its cause before it",
      log: "(00.1) 1: Error (criu/a.c:1): early\n(00.2) 1: Error (criu/a.c:2): bad size 0 (expect 14)\n1: Error (criu/a.c:3): Unable to open fd=1\n",
      want: "bad size 0 (expect 14), then: Unable to open fd=1",
    },
    { name: "nothing but that it failed", log: "Error (criu/cr-dump.c:2053): Dumping FAILED.\n", want: "Dumping FAILED." },
  ];
  for (const { name, log, want } of rows) test(name, () => expect(lastErrors(log)).toBe(want));
});

describe("external mounts", () => {
  const config: RuntimeConfig = {
    ociVersion: "1.2.0",
    root: { path: "rootfs" },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/data/", type: "none", source: "vol", options: ["rbind"] },
      { destination: "/etc/hosts", type: "bind", source: "/srv/hosts" },
      { destination: "/proc", options: ["remount", "bind", "ro"] },
    ],
    linux: { maskedPaths: ["/proc/keys", "/proc/acpi", "/absent", "/proc/keys"] },
  };
  const mountinfo = "53 44 0:5 /null /proc/keys ro - devtmpfs dev rw\n54 44 0:33 / /proc/acpi ro - tmpfs tmpfs rw\n";

  test("are saved for binds, and for masks that are there and hide a file", () => {
    expect(dumpMounts(externalMounts(config, { bundle: "/b", mountinfo }))).toEqual([
      ...["--external", "mnt[/data]:/data", "--external", "mnt[/etc/hosts]:/etc/hosts"],
      ...["--external", "mnt[/proc/keys]:/proc/keys"],
    ]);
  });

  test("are restored from the bundle's sources, and each mask by a name of its own", () => {
    expect(restoreMounts(externalMounts(config, { bundle: "/b" }))).toEqual([
      ...["--external", "mnt[/data]:/b/vol", "--external", "mnt[/etc/hosts]:/srv/hosts"],
      ...["/proc/keys", "/proc/acpi", "/absent"].flatMap((path) => ["--external", `mnt[${path}]:/dev/null`]),
    ]);
  });
});

describe("restraints of mounts", () => {
  const mount = (point: string, options: string) => `1 2 0:5 / ${point} ${options} - tmpfs tmpfs rw`;
  // biome-ignore format: table
  const rows = [
    { name: "that are all there are not lost",    before: [mount("/a", "ro,nosuid")],                      after: [mount("/a", "ro,nosuid,noexec")], want: [] },
    { name: "that are gone are named",            before: [mount("/a", "ro,nosuid"), mount("/b", "rw")],   after: [mount("/a", "rw,nosuid"), mount("/b", "rw")], want: ["/a (ro)"] },
    { name: "are lost with the mount",            before: [mount("/a", "ro,nodev,relatime")],              after: [mount("/b", "ro,nodev")], want: ["/a (ro,nodev)"] },
    { name: "are those of the uppermost mount",   before: [mount("/a", "ro"), mount("/a", "noexec")],      after: [mount("/a", "rw"), mount("/a", "noexec")], want: [] },
  ];
  for (const { name, before, after, want } of rows)
    test(name, () => expect(lostRestraints(before.join("\n"), after.join("\n"))).toEqual(want));
});

describe("binds that criu would not restore", () => {
  const mount = (root: string, point: string, options: string) => `1 2 0:5 ${root} ${point} ${options} - tmpfs tmpfs rw`;
  // biome-ignore format: table
  const rows = [
    { name: "none, with a source each",       lines: [mount("/x", "/a", "ro"), mount("/y", "/b", "ro")],                        want: [] },
    { name: "none, when nothing is held back", lines: [mount("/x", "/a", "rw,relatime"), mount("/x", "/b", "rw")],              want: [] },
    { name: "those held back that share one", lines: [mount("/x", "/a", "ro"), mount("/x", "/b", "rw")],                        want: ["/a"] },
    { name: "not mounts that are no binds",   lines: [mount("/x", "/a", "ro"), mount("/x", "/other", "ro")],                    want: [] },
  ];
  const binds = [
    { point: "/a", source: "/s" },
    { point: "/b", source: "/s" },
  ];
  for (const { name, lines, want } of rows) test(name, () => expect(unrestorable(binds, lines.join("\n"))).toEqual(want));
});

describe("standard streams", () => {
  // biome-ignore format: table
  const rows = [
    { name: "of the container's own stay its own", streams: ["/dev/null", "/log", ""],                  dump: [], restore: [] },
    { name: "that are pipes are the caller's",     streams: ["pipe:[1]", "pipe:[2]", "pipe:[3]"],        dump: [], restore: ["fd[0]:pipe:[1]", "fd[1]:pipe:[2]", "fd[2]:pipe:[3]"] },
    { name: "that are one pipe are given once",    streams: ["/dev/null", "pipe:[2]", "pipe:[2]"],       dump: [], restore: ["fd[1]:pipe:[2]"] },
    { name: "that are files outside are external", streams: ["/dev/null", "file[1c:b]", "file[1c:b]"],   dump: ["file[1c:b]"], restore: ["fd[1]:file[1c:b]"] },
    { name: "of another's making give no words",   streams: ["pipe:[1] --x", "socket:[4]", "file[1c:b]]"], dump: [], restore: [] },
  ];
  for (const { name, streams, dump, restore } of rows) {
    test(name, () => {
      expect(dumpStreams(streams)).toEqual(dump.flatMap((key) => ["--external", key]));
      expect(restoreStreams(streams)).toEqual(restore.flatMap((key) => ["--inherit-fd", key]));
    });
  }
});
