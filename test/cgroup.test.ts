// Cgroups on this machine's own kernel, as root: what the planner plans is carried out, read back, and driven as the
// runtime's verbs do. Skips, saying so, where root or a mounted v1 hierarchy is missing; v2 is tested in a virtual machine.
import { afterEach, describe, expect, test } from "bun:test";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { freeze, isFrozen, thaw } from "../src/kernel/cgroup/control/freeze.ts";
import { killAll, signalAll } from "../src/kernel/cgroup/control/kill.ts";
import { oomEvents, oomKills } from "../src/kernel/cgroup/control/oom.ts";
import { assertFit, processes } from "../src/kernel/cgroup/control/processes.ts";
import { removeCgroups } from "../src/kernel/cgroup/control/remove.ts";
import { readStats, statsJson } from "../src/kernel/cgroup/control/stats.ts";
import { updateCgroup } from "../src/kernel/cgroup/control/update.ts";
import { type CgroupPlan, planCgroup } from "../src/kernel/cgroup/plan.ts";
import { type Op, Registers } from "../src/kernel/plan/plan.ts";
import { readCgroupFacts } from "../src/kernel/probe/cgroup-read.ts";
import type { HostFacts } from "../src/kernel/probe/host-facts.ts";
import type { Resources } from "../src/spec/runtime/config.ts";

const cgroup = readCgroupFacts({ rootless: false });
const able = process.getuid?.() === 0 && cgroup.v1.some(({ controllers }) => controllers.includes("memory"));
if (!able) console.warn("test/cgroup.test.ts: skipped: needs root and cgroup v1");

const facts: HostFacts = {
  kernel: { major: 5, minor: 10 },
  arch: process.arch === "arm64" ? "aarch64" : "x86_64",
  uid: 0,
  gid: 0,
  rootless: false,
  capabilities: { bounding: 0n, effective: 0n, last: 40 },
  cgroup,
  subordinate: { uids: [], gids: [] },
  lsm: { apparmor: false, selinux: false },
  namespaces: [],
};

const parent = `/teu-test-${randomBytes(4).toString("hex")}`;
const plans: CgroupPlan[] = [];
const children: ChildProcess[] = [];

afterEach(() => {
  for (const { paths } of plans.splice(0)) {
    killAll(paths);
    removeCgroups(paths);
  }
  for (const child of children.splice(0)) child.kill("SIGKILL");
  removeCgroups(Object.fromEntries(cgroup.v1.map(({ controllers, mountpoint }) => [controllers[0], mountpoint + parent])));
  if (cgroup.v2 !== undefined) removeCgroups({ unified: cgroup.v2.mountpoint + parent });
});

/** Carries out the few ops that a cgroup plan of a v1 host has, as the launcher would. */
function carryOut(ops: readonly Op[], pid?: number): void {
  for (const op of ops) {
    const { path, from, to, data } = op.args as Record<string, string> & { data: readonly unknown[] };
    if (op.name === "mkdir") mkdirSync(path as string, { recursive: true });
    else if (op.name === "copyIfEmpty") {
      if (readFileSync(to as string, "utf8").trim() === "") writeFileSync(to as string, readFileSync(from as string));
    } else if (op.name === "write") {
      const [piece] = data;
      writeFileSync(path as string, typeof piece === "string" ? piece : String(pid));
    } else if (op.name !== "open") throw new Error(`the test cannot carry out ${op.name}`);
  }
}

function create(resources: Resources, name = "one"): CgroupPlan {
  const plan = planCgroup({ id: name, path: `${parent}/${name}`, resources, facts }, new Registers());
  plans.push(plan);
  carryOut(plan.before);
  return plan;
}

/** A shell in the cgroup that runs `script` once it is there. */
function start(plan: CgroupPlan, script: string): ChildProcess & { readonly pid: number } {
  const child = spawn("sh", ["-c", `read go; ${script}`], { stdio: ["pipe", "ignore", "ignore"] });
  children.push(child);
  if (child.pid === undefined) throw new Error("sh did not start");
  for (const piece of plan.before) {
    // The launcher's child would write 0 to the tasks files; from here it is the shell's pid.
    if (piece.name === "open" && String(piece.args.path).endsWith("/tasks")) writeFileSync(String(piece.args.path), String(child.pid));
  }
  child.stdin?.end("go\n");
  return child as ChildProcess & { readonly pid: number };
}

function value(plan: CgroupPlan, controller: string, file: string): string {
  return readFileSync(`${plan.paths[controller]}/${file}`, "utf8").trim();
}

async function until(condition: () => boolean): Promise<void> {
  let met = condition();
  for (let tried = 0; tried < 200 && !met; tried++) {
    await Bun.sleep(10);
    met = condition(); // asked once a turn: what comes and goes would be gone when asked again
  }
  expect(met).toBe(true);
}

const noProgram = () => Promise.reject(new Error("no program is attached on v1"));
const MIB = 1 << 20;

describe.skipIf(!able)("a cgroup on this kernel", () => {
  test("has the limits that were asked for, and the process in every hierarchy", () => {
    const plan = create({
      memory: { limit: 64 * MIB, reservation: 32 * MIB },
      pids: { limit: 20 },
      cpu: { shares: 512, quota: 50000, period: 100000, cpus: "0" },
      devices: [{ allow: true, type: "c", major: 10, minor: 229, access: "rw" }],
    });
    const child = start(plan, "sleep 60");
    expect(value(plan, "memory", "memory.limit_in_bytes")).toBe(String(64 * MIB));
    expect(value(plan, "memory", "memory.soft_limit_in_bytes")).toBe(String(32 * MIB));
    expect(value(plan, "pids", "pids.max")).toBe("20");
    expect(value(plan, "cpu", "cpu.shares")).toBe("512");
    expect(value(plan, "cpu", "cpu.cfs_quota_us")).toBe("50000");
    expect(value(plan, "cpuset", "cpuset.cpus")).toBe("0");
    expect(value(plan, "cpuset", "cpuset.mems")).not.toBe("");
    expect(value(plan, "devices", "devices.list").split("\n")).toEqual(expect.arrayContaining(["c 10:229 rw", "c 1:3 rwm", "b *:* m"]));
    expect(value(plan, "devices", "devices.list")).not.toContain("a *:* rwm");
    const own = readFileSync(`/proc/${child.pid}/cgroup`, "utf8").split("\n");
    for (const { controllers } of cgroup.v1) {
      expect(own.find((line) => line.includes(`:${controllers.join(",")}:`))).toEndWith(`:${parent}/one`);
    }
    expect(processes(plan.paths)).toContain(child.pid);
  });

  test("is fit for a container only while it is empty and thawed", () => {
    const plan = create({});
    assertFit(plan.paths);
    freeze(plan.paths);
    expect(() => assertFit(plan.paths)).toThrow("it is frozen");
    thaw(plan.paths);
    start(plan, "sleep 60");
    expect(() => assertFit(plan.paths)).toThrow("is in it");
  });

  test("freezes with processes that keep forking, and thaws", async () => {
    const plan = create({ pids: { limit: 50 } });
    const child = start(plan, "while :; do sh -c 'exit 0'; done");
    await until(() => processes(plan.paths).length > 1);
    freeze(plan.paths);
    expect(isFrozen(plan.paths)).toBe(true);
    const still = readFileSync(`/proc/${child.pid}/stat`, "utf8");
    await Bun.sleep(30);
    expect(readFileSync(`/proc/${child.pid}/stat`, "utf8")).toBe(still);
    thaw(plan.paths);
    expect(isFrozen(plan.paths)).toBe(false);
  });

  test("a signal reaches every process, in cgroups below too, and a paused one stays paused", async () => {
    const plan = create({});
    const child = start(plan, "trap 'exit 7' USR1; while :; do sleep 0.01; done");
    const below = `${plan.paths.freezer}/below`;
    mkdirSync(below);
    writeFileSync(`${below}/cgroup.procs`, String(child.pid));
    await Bun.sleep(50);
    freeze(plan.paths);
    signalAll(plan.paths, 10);
    expect(isFrozen(plan.paths)).toBe(true);
    thaw(plan.paths);
    const [code] = await once(child, "exit");
    expect(code).toBe(7);
  });

  test("kill all leaves nothing of a container that forks, and removal takes its own sub-cgroups along", async () => {
    const plan = create({ pids: { limit: 50 } });
    start(plan, "while :; do (sleep 60 &) ; sleep 0.01; done");
    await until(() => processes(plan.paths).length > 5);
    for (const controller of ["memory", "freezer", "pids"]) mkdirSync(`${plan.paths[controller]}/a/b`, { recursive: true });
    killAll(plan.paths);
    expect(processes(plan.paths)).toEqual([]);
    removeCgroups(plan.paths);
    for (const path of Object.values(plan.paths)) expect(existsSync(path)).toBe(false);
    removeCgroups(plan.paths); // what is gone counts as removed
  });

  test("statistics count what the container uses", async () => {
    const plan = create({ memory: { limit: 64 * MIB }, pids: { limit: 20 } });
    start(plan, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; sleep 60");
    await until(() => (readStats(plan.paths).cpu.usage.total ?? 0n) > 1_000_000n);
    const stats = readStats(plan.paths);
    expect(stats.pids).toEqual({ current: expect.any(BigInt), limit: 20n });
    expect(stats.memory.usage?.limit).toBe(BigInt(64 * MIB));
    expect(stats.memory.usage?.usage).toBeGreaterThan(0n);
    expect(stats.memory.raw).toHaveProperty("cache");
    expect(stats.cpu.usage.percpu?.length).toBe(navigator.hardwareConcurrency);
    expect(stats.cpuset.cpus).not.toBeEmpty();
    const json: unknown = JSON.parse(statsJson(stats));
    expect(json).toMatchObject({ pids: { limit: 20 }, memory: { usage: { limit: 64 * MIB } } });
  });

  test("an OOM kill is told", async () => {
    const plan = create({ memory: { limit: 8 * MIB, swap: 8 * MIB } });
    expect(oomKills(plan.paths)).toBe(0);
    const stop = new AbortController();
    const events = oomEvents(plan.paths, { signal: stop.signal });
    const first = events.next();
    start(plan, "head -c 64M /dev/zero | tail");
    expect(await first).toEqual({ done: false, value: 1 });
    stop.abort();
    await events.return();
  });
});

describe.skipIf(!able)("an update", () => {
  const FUSE = { allow: true, type: "c", major: 10, minor: 229, access: "rw" };
  const update = (plan: CgroupPlan, resources: Resources, devices: Resources["devices"] = undefined) =>
    updateCgroup({ paths: plan.paths, resources, devices, rootless: false, replaceProgram: noProgram });

  test("grows and shrinks limits that bind each other, whichever must go first", async () => {
    const plan = create({ memory: { limit: 64 * MIB, swap: 64 * MIB }, cpu: { quota: 20000, period: 100000, burst: 10000 } });
    await update(plan, { memory: { limit: 256 * MIB, swap: 512 * MIB } });
    expect(value(plan, "memory", "memory.limit_in_bytes")).toBe(String(256 * MIB));
    expect(value(plan, "memory", "memory.memsw.limit_in_bytes")).toBe(String(512 * MIB));
    await update(plan, { memory: { limit: 16 * MIB, swap: 16 * MIB }, cpu: { quota: 5000, burst: 1000 } });
    expect(value(plan, "memory", "memory.memsw.limit_in_bytes")).toBe(String(16 * MIB));
    expect(value(plan, "cpu", "cpu.cfs_quota_us")).toBe("5000");
    expect(value(plan, "cpu", "cpu.cfs_burst_us")).toBe("1000");
  });

  test("leaves every value as it was when one is refused, and says which", async () => {
    const plan = create({ memory: { limit: 64 * MIB, swap: 64 * MIB }, pids: { limit: 10 }, cpu: { shares: 512 } });
    const refused = update(plan, {
      memory: { limit: 128 * MIB, swap: 128 * MIB },
      pids: { limit: 99 },
      cpu: { shares: 100, cpus: "4000" },
    });
    expect(refused).rejects.toThrow(/cpuset\.cpus: linux\.resources\.cpu\.cpus: .*\(E(INVAL|RANGE|ACCES)\)$/);
    await refused.catch(() => undefined);
    expect(value(plan, "memory", "memory.limit_in_bytes")).toBe(String(64 * MIB));
    expect(value(plan, "memory", "memory.memsw.limit_in_bytes")).toBe(String(64 * MIB));
    expect(value(plan, "pids", "pids.max")).toBe("10");
    expect(value(plan, "cpu", "cpu.shares")).toBe("512");
  });

  test("steps from one device list to another", async () => {
    const plan = create({ devices: [FUSE] });
    await update(
      plan,
      {
        devices: [
          { ...FUSE, access: "r" },
          { allow: true, type: "b", major: 7, access: "rwm" },
        ],
      },
      [FUSE],
    );
    const list = value(plan, "devices", "devices.list").split("\n");
    expect(list).toContain("c 10:229 r");
    expect(list).toContain("b 7:* rwm");
    expect(list).toContain("c 1:3 rwm");
  });

  test("whose last step fails, systemd's, is taken back, device rules too", async () => {
    const plan = create({ devices: [FUSE], pids: { limit: 10 } });
    const before = value(plan, "devices", "devices.list").split("\n").toSorted();
    const settle = () => Promise.reject(new Error("systemd says no"));
    const resources = { devices: [{ ...FUSE, minor: 200 }], pids: { limit: 99 } };
    const refused = updateCgroup({ paths: plan.paths, resources, devices: [FUSE], rootless: false, replaceProgram: noProgram, settle });
    expect(refused).rejects.toThrow("systemd says no");
    await refused.catch(() => undefined);
    expect(value(plan, "devices", "devices.list").split("\n").toSorted()).toEqual(before);
    expect(value(plan, "pids", "pids.max")).toBe("10");
  });

  test("that fails leaves the old device rules enforced", async () => {
    const plan = create({ devices: [FUSE] });
    const before = value(plan, "devices", "devices.list");
    const everything = { devices: [{ allow: true, type: "a", access: "rwm" }], pids: { limit: 5 } };
    // A value refused before the rules' turn …
    await update(plan, { ...everything, cpu: { cpus: "4000" } }, [FUSE]).catch(() => undefined);
    expect(value(plan, "devices", "devices.list")).toBe(before);
    // … a list refused half-way: a cgroup below forbids a change of the default …
    mkdirSync(`${plan.paths.devices}/below`);
    expect(update(plan, everything, [FUSE])).rejects.toThrow("write the device list");
    await update(plan, everything, [FUSE]).catch(() => undefined);
    expect(value(plan, "devices", "devices.list")).toBe(before);
    expect(value(plan, "pids", "pids.max")).toBe("max");
    // … and a list that breaks the rules before anything is written.
    await update(
      plan,
      {
        devices: [
          { allow: true, type: "c" },
          { allow: false, type: "c", major: 1 },
        ],
      },
      [FUSE],
    ).catch(() => undefined);
    expect(value(plan, "devices", "devices.list")).toBe(before);
  });
});
