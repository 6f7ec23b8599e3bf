// What the runtime writes to procfs (sysctls, labels, limits, maps) reaches the kernel, not a file that the image or another container has put
// in procfs's place (CVE-2019-16884, CVE-2025-52881).
import { expect } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RuntimeConfig } from "../../src/spec/runtime/config.ts";
import { bundle } from "../support/bundle.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";
import { teuRuntime } from "../support/teu.ts";
import { expectOk } from "./container.ts";

const { test } = requires("root", "busybox");

/** Files that the runtime writes for a configuration, as an image would bring them to catch the write. */
const CAUGHT = [
  "sys/net/ipv4/ip_forward",
  "self/attr/exec",
  "thread-self/attr/exec",
  "1/oom_score_adj",
  "self/oom_score_adj",
  "self/timens_offsets",
  "sys/kernel/hostname",
];
const BAIT = "bait";

function lay(rootfs: string, below: string): void {
  for (const file of CAUGHT) {
    const path = join(rootfs, below, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, BAIT);
  }
}

const untouched = (rootfs: string, below: string) => CAUGHT.filter((file) => readFileSync(join(rootfs, below, file), "utf8") !== BAIT);

/** A configuration that makes the runtime write to procfs in many ways. */
const busy = (config: RuntimeConfig): RuntimeConfig => ({
  ...config,
  process: { cwd: "/", ...config.process, oomScoreAdj: 321 },
  linux: {
    ...config.linux,
    namespaces: [...(config.linux?.namespaces ?? []), { type: "time" }],
    timeOffsets: { boottime: { secs: 1_000_000 } },
    sysctl: { "net.ipv4.ip_forward": "1", "net.ipv4.conf.lo.forwarding": "1" },
    maskedPaths: [],
    readonlyPaths: [],
  },
});

/** What the kernel has been told of a process, read from outside of it. */
async function told(pid: number): Promise<readonly string[]> {
  return [
    readFileSync(`/proc/${pid}/oom_score_adj`, "utf8").trim(),
    await runOk(["nsenter", "--net", "--target", String(pid), "cat", "/proc/sys/net/ipv4/ip_forward"]),
    readFileSync(`/proc/${pid}/timens_offsets`, "utf8").replace(/\s+/g, " ").trim(),
  ];
}

async function startDetached(
  roots: TestRoots,
  tweak: (config: RuntimeConfig) => RuntimeConfig,
  prepare: (rootfs: string) => void,
): Promise<number> {
  const directory = await bundle({ roots, args: ["sleep", "60"], tweak });
  prepare(join(directory, "rootfs"));
  const pidFile = roots.path("pid");
  expectOk(await teuRuntime(["run", "--detach", "--pid-file", pidFile, "--bundle", directory, roots.id("bundle")], { roots }));
  return Number(readFileSync(pidFile, "utf8"));
}

test("an image's fake /proc gets none of it where no procfs is mounted", () =>
  withRoots(async (roots) => {
    const rootfs = roots.path("bundle", "rootfs");
    const noProc = (config: RuntimeConfig) => busy({ ...config, mounts: (config.mounts ?? []).filter(({ type }) => type !== "proc") });
    const pid = await startDetached(roots, noProc, () => lay(rootfs, "proc"));
    expect(untouched(rootfs, "proc")).toEqual([]);
    expect(await told(pid)).toEqual(["321", "1", "monotonic 0 0 boottime 1000000 0"]);
    await teuRuntime(["delete", "--force", roots.id("bundle")], { roots });
  }));

test("a volume that is bound over the directories of a sysctl before it is written gets none of it", () =>
  withRoots(async (roots) => {
    const rootfs = roots.path("bundle", "rootfs");
    // By a link, because a destination in /proc is refused by its name.
    const mounted = (config: RuntimeConfig) =>
      busy({
        ...config,
        mounts: [...(config.mounts ?? []), { destination: "/home/net", type: "bind", source: rootfs, options: ["bind"] }],
      });
    const directory = await bundle({ roots, args: ["true"], tweak: mounted });
    await runOk(["sh", "-c", `rm -rf "$1"/home && ln -s /proc/sys "$1"/home`, "sh", rootfs]);
    const { status, stderr } = await teuRuntime(["run", "--bundle", directory, roots.id("bundle")], { roots });
    expect(status).toBe(1);
    expect(stderr).toMatch(/mounts\[6\]: .*\(EXDEV\)/);
  }));

test("a procfs of another's, with files mounted over, cannot be bound in place of the container's own", () =>
  withRoots(async (roots) => {
    const fake = roots.path("fake");
    lay(fake, ".");
    const bound = (config: RuntimeConfig) => ({
      ...config,
      mounts: [
        { destination: "/proc", type: "bind", source: fake, options: ["rbind"] },
        ...(config.mounts ?? []).filter(({ type }) => type !== "proc"),
      ],
    });
    const directory = await bundle({ roots, args: ["true"], tweak: (config) => busy(bound(config)) });
    const { status, stderr } = await teuRuntime(["run", "--bundle", directory, roots.id("bundle")], { roots });
    expect(status).toBe(1);
    expect(stderr).toMatch(/mounts\[0\]: .*\(EXDEV\)/);
    expect(untouched(fake, ".")).toEqual([]);
  }));

test("exec writes to the kernel too, where the container has made a /proc of its own", () =>
  withRoots(async (roots) => {
    const rootfs = roots.path("bundle", "rootfs");
    const noProc = (config: RuntimeConfig) => ({
      ...config,
      mounts: (config.mounts ?? []).filter(({ type }) => type !== "proc"),
      linux: { ...config.linux, maskedPaths: [], readonlyPaths: [] },
    });
    await startDetached(roots, noProc, () => lay(rootfs, "proc"));
    const process = { cwd: "/", args: ["sleep", "60"], env: ["PATH=/bin"], oomScoreAdj: 432 };
    const file = roots.path("process.json");
    writeFileSync(file, JSON.stringify(process));
    const pidFile = roots.path("exec.pid");
    expectOk(await teuRuntime(["exec", "--detach", "--pid-file", pidFile, "--process", file, roots.id("bundle")], { roots }));
    expect(readFileSync(`/proc/${readFileSync(pidFile, "utf8")}/oom_score_adj`, "utf8")).toBe("432\n");
    expect(untouched(rootfs, "proc")).toEqual([]);
    await teuRuntime(["delete", "--force", roots.id("bundle")], { roots });
  }));
