import { describe, expect, test } from "bun:test";
import type { Mount } from "../../spec/runtime/config.ts";
import { Registers } from "../plan/plan.ts";
import type { MountContext } from "./context.ts";
import { containerPath, mountProblems, mountWarnings, readMount } from "./entry.ts";

function problems(mounts: readonly Mount[], over: Partial<MountContext> = {}): string[] {
  const registers = new Registers();
  const context: MountContext = {
    registers,
    root: registers.named("root"),
    bundle: "/bundle",
    sourceKind: () => "directory",
    own: new Set(),
    unprivileged: false,
    cgroup: { v1: [] },
    openSourcesInHost: false,
    ...over,
  };
  return mountProblems(mounts.map(readMount), context).map(({ field, message }) => `${field}: ${message}`);
}

describe("destinations", () => {
  const rows = [
    { path: "/a/b", want: "/a/b" },
    { path: "a/b/", want: "/a/b" },
    { path: "/../../etc", want: "/etc" },
    { path: "..", want: "/" },
    { path: "//a/./b//c", want: "/a/b/c" },
    { path: "/a/../proc/self", want: "/proc/self" },
    { path: "", want: "/" },
  ];
  for (const { path, want } of rows) test(`${JSON.stringify(path)} is ${want}`, () => expect(containerPath(path)).toBe(want));
});

describe("what is refused", () => {
  const bind = { source: "/src", options: ["bind"] };
  const rows: readonly { name: string; mount: Mount; want: string[] }[] = [
    {
      name: "the root itself",
      mount: { destination: "/x/..", type: "tmpfs" },
      want: ["mounts[0].destination: is the root of the container, which `root` sets"],
    },
    { name: "a tmpfs as /proc", mount: { destination: "/proc", type: "tmpfs" }, want: ["mounts[0].destination: can only be a procfs"] },
    {
      name: "a place inside /proc",
      mount: { destination: "/proc/self/attr/exec", ...bind },
      want: ["mounts[0].destination: lies inside /proc"],
    },
    {
      name: "a place inside /proc in disguise",
      mount: { destination: "x/../proc/sys", ...bind },
      want: ["mounts[0].destination: lies inside /proc"],
    },
    { name: "no type", mount: { destination: "/x" }, want: ["mounts[0].type: is missing, and the mount is not a bind mount"] },
    { name: "a bind without a source", mount: { destination: "/x", options: ["rbind"] }, want: ["mounts[0].source: is missing"] },
    {
      name: "copy-up into anything but a tmpfs",
      mount: { destination: "/x", type: "ramfs", options: ["tmpcopyup"] },
      want: ["mounts[0].options: tmpcopyup is for tmpfs and bind mounts only"],
    },
    {
      name: "idmap on a new file system",
      mount: { destination: "/x", type: "tmpfs", options: ["idmap"] },
      want: ["mounts[0].options: idmapped mounts are bind mounts"],
    },
    {
      name: "idmap without privilege",
      mount: { destination: "/x", source: "/y", options: ["bind", "idmap"] },
      want: ["mounts[0].options: idmapped mounts take a privileged caller"],
    },
    {
      name: "half of the mappings",
      mount: { destination: "/x", source: "/y", options: ["bind"], uidMappings: [{ containerID: 0, hostID: 0, size: 1 }] },
      want: ["mounts[0].options: uidMappings and gidMappings come together"],
    },
  ];
  for (const { name, mount, want } of rows) test(name, () => expect(problems([mount])).toEqual(want));

  test("idmap without mappings and without a user namespace", () => {
    const registers = new Registers();
    const over = { idmap: { section: 2, proc: registers.named("proc") } };
    expect(problems([{ destination: "/x", source: "/y", options: ["bind", "idmap"] }], over)).toEqual([
      "mounts[0].options: idmap without mappings takes a user namespace of the container's own",
    ]);
  });

  test("all at once, each by its field", () => {
    expect(problems([{ destination: "/" }, { destination: "/proc/1", type: "tmpfs" }])).toEqual([
      "mounts[0].destination: is the root of the container, which `root` sets",
      "mounts[0].type: is missing, and the mount is not a bind mount",
      "mounts[1].destination: lies inside /proc",
    ]);
  });
});

describe("what is let through", () => {
  const rows: readonly Mount[] = [
    { destination: "/proc", type: "proc" },
    { destination: "/proc", source: "/proc", options: ["rbind"] },
    { destination: "/proc/uptime", source: "/var/lib/lxcfs/proc/uptime", options: ["bind"] },
    { destination: "/proc", options: ["remount", "ro"] },
    { destination: "/procfs", type: "tmpfs" },
    { destination: "/sys/firmware", type: "tmpfs" },
  ];
  for (const mount of rows) test(`${mount.type ?? mount.options} on ${mount.destination}`, () => expect(problems([mount])).toEqual([]));
});

test("options of a file system on a bind mount are warned of", () => {
  const mounts = [
    { destination: "/x", source: "/y", options: ["bind", "mode=755", "size=1k"] },
    { destination: "/x", type: "tmpfs", options: ["size=1k"] },
    { destination: "/x", options: ["remount", "bind", "ro"] },
  ];
  expect(mountWarnings(mounts.map(readMount))).toEqual([
    "mounts[0].options: a bind mount takes no options of a file system, ignored: mode=755,size=1k",
  ]);
});
