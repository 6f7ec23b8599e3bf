import { describe, expect, test } from "bun:test";
import { opLines } from "../../../test/support/op-lines.ts";
import type { Linux, RuntimeConfig } from "../../spec/runtime/config.ts";
import { type Op, Registers } from "../plan/plan.ts";
import type { RootfsContext } from "./context.ts";
import { consoleOps, devSymlinkOps, ptmxOps } from "./dev.ts";
import { chrootOps, hasMountNamespace, inheritedNamespaceProblems, inheritedNamespaceWarnings, openRootOps } from "./inherited.ts";
import { maskOps, readonlyPathOps } from "./paths.ts";
import { finalPropagationOps, pivotOps, propagationOps, readonlyRootOps, rootOps } from "./root.ts";

function lines(make: (context: RootfsContext) => readonly Op[]): string[] {
  const registers = new Registers();
  return opLines(make({ registers, root: registers.named("root") }), registers);
}

function configWith(rootfsPropagation?: Linux["rootfsPropagation"]): RuntimeConfig {
  return { ociVersion: "1.3.0", root: { path: "rootfs" }, linux: rootfsPropagation === undefined ? {} : { rootfsPropagation } };
}

const propagate = (where: string, flags: string, type: string) => `mountSetattr ${where} flags=${flags} set=0 clear=0 propagation=${type}`;
const [SLAVE, SHARED, PRIVATE, UNBINDABLE] = ["0x80000", "0x100000", "0x40000", "0x20000"] as const;

describe("propagation", () => {
  const host = 'path="/"';
  const own = 'dir=root path=""';
  const cutOff = [propagate(host, "0x8000", SLAVE)];
  const rows = [
    { asked: undefined, before: cutOff, root: [propagate(own, "0", PRIVATE)], after: [] },
    { asked: "private", before: cutOff, root: [propagate(own, "0", PRIVATE)], after: [] },
    { asked: "rprivate", before: [propagate(host, "0x8000", PRIVATE)], root: [propagate(own, "0", PRIVATE)], after: [] },
    { asked: "slave", before: cutOff, root: [], after: [] },
    { asked: "rslave", before: cutOff, root: [], after: [] },
    { asked: "unbindable", before: cutOff, root: [propagate(own, "0", PRIVATE)], after: [propagate(own, "0", UNBINDABLE)] },
    {
      asked: "rshared",
      before: [propagate(host, "0x8000", SHARED), propagate('path="/srv"', "0", PRIVATE)],
      root: [propagate(own, "0", PRIVATE)],
      after: [propagate(own, "0x8000", SHARED)],
    },
  ] as const;
  for (const { asked, before, root, after } of rows) {
    test(`${asked ?? "nothing"} asked for`, () => {
      const config = configWith(asked);
      expect(lines(() => propagationOps(config, { parentMount: "/srv" }))).toEqual([...before]);
      expect(
        lines((context) => rootOps(config, { ...context, path: "/srv/rootfs" })).filter((line) => line.includes("mountSetattr")),
      ).toEqual([...root]);
      expect(lines((context) => finalPropagationOps(config, context))).toEqual([...after]);
    });
  }
});

describe("the root", () => {
  test("is a clone of the rootfs over itself", () => {
    expect(lines((context) => rootOps(configWith("slave"), { ...context, path: "/srv/rootfs" }))).toEqual([
      'open path="/srv/rootfs/" flags=0x200000 mode=0 -> rootfs',
      'openTree dir=rootfs path="" flags=0x9001 -> root',
      "moveMount from=root to=rootfs flags=0",
      "close fd=rootfs",
    ]);
  });

  test("is pivoted to, or moved to where pivot_root(2) cannot work", () => {
    expect(lines((context) => pivotOps(context, { noPivot: false }))).toEqual(["pivotRoot root=root"]);
    const hide = (path: string) => [
      `umount path="${path}" flags=2 [may EINVAL EPERM ENOENT]`,
      `open path="${path}" flags=0x200000 mode=0 -> target [fallback, may ENOENT]`,
      'fsMount type="tmpfs" options=[] attr=1 -> mount [fallback]',
      "moveMount from=mount to=target flags=0 [fallback, if set]",
      "close fd=target [fallback, if set]",
      "close fd=mount [fallback, if set]",
    ];
    expect(lines((context) => pivotOps(context, { noPivot: true }))).toEqual([...hide("/sys"), ...hide("/proc"), "moveRoot root=root"]);
  });

  test("is read-only when asked", () => {
    const config = { ...configWith(), root: { path: "rootfs", readonly: true } };
    expect(lines((context) => readonlyRootOps(config, context))).toEqual([
      'mountSetattr dir=root path="" flags=0 set=1 clear=0 propagation=0',
    ]);
    expect(lines((context) => readonlyRootOps(configWith(), context))).toEqual([]);
  });
});

describe("paths", () => {
  test("are masked by a null device that was looked at, each path once", () => {
    expect(lines((context) => maskOps(["/proc/kcore", "/proc/keys", "/proc/kcore"], { ...context, mountLabel: "u:r:t:s0" }))).toEqual([
      'open path="/dev/null" flags=0x200000 mode=0 -> /dev/null',
      "checkDevice fd=/dev/null type=0x2000 major=1 minor=3",
      'openTree dir=/dev/null path="" flags=0x1001 -> mask file',
      'mountSetattr dir=mask file path="" flags=0 set=11 clear=0 propagation=0',
      'fsMount type="tmpfs" options=["source=tmpfs","mode=755","nr_blocks=1","nr_inodes=2","context=u:r:t:s0"] attr=15 -> mask directory',
      'mask root=root path="/proc/kcore" file=mask file dir=mask directory [may ENOENT ENOTDIR]',
      'mask root=root path="/proc/keys" file=mask file dir=mask directory [may ENOENT ENOTDIR]',
      "close fd=/dev/null",
      "close fd=mask file",
      "close fd=mask directory",
    ]);
  });

  test("are made read-only over themselves, and passed over where missing", () => {
    expect(lines((context) => readonlyPathOps(["/proc/sys", "/proc/sys"], context))).toEqual([
      'openIn root=root path="/proc/sys" flags=0x200000 mode=0 resolve=0 -> target [may ENOENT ENOTDIR]',
      'openTree dir=target path="" flags=0x9001 -> mount [if set]',
      'mountSetattr dir=mount path="" flags=0 set=1 clear=0 propagation=0 [if set]',
      "moveMount from=mount to=target flags=0 [if set]",
      "close fd=mount [if set]",
      "close fd=target [if set]",
    ]);
  });

  test("none asked for is no op", () => {
    expect(lines((context) => [...maskOps([], context), ...readonlyPathOps([], context)])).toEqual([]);
  });

  test("name the field that they came from, repeated ones by their first place", () => {
    const registers = new Registers();
    const ops = maskOps(["/a", "/a", "/b"], { registers, root: registers.named("root") });
    expect(ops.filter(({ name }) => name === "mask").map(({ from }) => from)).toEqual(["linux.maskedPaths[0]", "linux.maskedPaths[2]"]);
  });
});

describe("without a mount namespace", () => {
  const config = { ...configWith(), mounts: [{ destination: "/proc", type: "proc" }] };

  test("the root is entered, and nothing is mounted", () => {
    expect(lines((context) => [...openRootOps(context, "/srv/rootfs"), ...chrootOps(context)])).toEqual([
      'open path="/srv/rootfs/" flags=0x200000 mode=0 -> root',
      "chroot root=root",
    ]);
    expect(inheritedNamespaceProblems(config)).toEqual([]);
    expect(inheritedNamespaceWarnings(config)).toHaveLength(1);
    expect(inheritedNamespaceWarnings(configWith())).toEqual([]);
  });

  test("what protects somebody is refused, not left out", () => {
    const asked = { ...config, root: { path: "rootfs", readonly: true }, linux: { maskedPaths: ["/a"], readonlyPaths: ["/b"] } };
    expect(inheritedNamespaceProblems(asked).map(({ field }) => field)).toEqual([
      "linux.maskedPaths",
      "linux.readonlyPaths",
      "root.readonly",
    ]);
  });

  test("one that is joined is a mount namespace", () => {
    const joined: RuntimeConfig = { ...config, linux: { namespaces: [{ type: "mount", path: "/proc/7/ns/mnt" }], maskedPaths: ["/a"] } };
    expect(hasMountNamespace(joined)).toBe(true);
    expect([...inheritedNamespaceProblems(joined), ...inheritedNamespaceWarnings(joined)]).toEqual([]);
  });
});

describe("/dev", () => {
  test("has its links", () => {
    expect(lines(devSymlinkOps)).toEqual([
      'symlink root=root target="/proc/self/fd" path="/dev/fd"',
      'symlink root=root target="/proc/self/fd/0" path="/dev/stdin"',
      'symlink root=root target="/proc/self/fd/1" path="/dev/stdout"',
      'symlink root=root target="/proc/self/fd/2" path="/dev/stderr"',
      'symlink root=root target="/proc/kcore" path="/dev/core"',
    ]);
  });

  test("has a ptmx of the container's own, in a directory found inside", () => {
    expect(lines(ptmxOps)).toEqual([
      'openIn root=root path="/dev" flags=0x200000 mode=0 resolve=0 -> dev',
      'unlink dir=dev path="ptmx" flags=0 [may ENOENT EBUSY]',
      "close fd=dev",
      'symlink root=root target="pts/ptmx" path="/dev/ptmx"',
    ]);
  });

  test("has the terminal as console, bound from its descriptor", () => {
    expect(lines((context) => consoleOps(context.registers.named("slave"), context))).toEqual([
      'makeIn root=root path="/dev/console" mode=0100620 -> target',
      "refuseFs fd=target magic=0x9fa0",
      "bindAt from=slave to=target recursive=0",
      "close fd=target",
    ]);
  });
});
