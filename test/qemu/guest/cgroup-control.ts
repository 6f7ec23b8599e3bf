// Runs inside the guest, as one executable: plans cgroups for this cgroup v2 host, has the launcher carry them out, and
// drives them. Each check is printed as a line of JSON, {name, problem}; cgroup-control.test.ts makes a test of each.
// Usage: cgroup-control root|user
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { freeze, isFrozen, thaw } from "../../../src/kernel/cgroup/control/freeze.ts";
import { killAll } from "../../../src/kernel/cgroup/control/kill.ts";
import { oomEvents } from "../../../src/kernel/cgroup/control/oom.ts";
import { assertFit, execPaths, processes } from "../../../src/kernel/cgroup/control/processes.ts";
import { removeCgroups } from "../../../src/kernel/cgroup/control/remove.ts";
import { readStats } from "../../../src/kernel/cgroup/control/stats.ts";
import { updateCgroup } from "../../../src/kernel/cgroup/control/update.ts";
import { planCgroupJoin } from "../../../src/kernel/cgroup/join.ts";
import { type CgroupPlan, planCgroup } from "../../../src/kernel/cgroup/plan.ts";
import { encodePlan } from "../../../src/kernel/plan/encode.ts";
import { type Op, op, type Register, Registers } from "../../../src/kernel/plan/plan.ts";
import { REPORT } from "../../../src/kernel/plan/report.ts";
import { readCgroupFacts } from "../../../src/kernel/probe/cgroup-read.ts";
import type { HostFacts } from "../../../src/kernel/probe/host-facts.ts";
import type { Resources } from "../../../src/spec/runtime/config.ts";
import { startPlan } from "../../support/run-plan.ts";

const rootless = process.argv[2] === "user";
const facts: HostFacts = {
  kernel: { major: 6, minor: 1 },
  arch: "x86_64",
  uid: process.geteuid?.() ?? 0,
  gid: process.getegid?.() ?? 0,
  rootless,
  capabilities: { bounding: 0n, effective: 0n, last: 40 },
  cgroup: readCgroupFacts({ rootless }),
  subordinate: { uids: [], gids: [] },
  lsm: { apparmor: false, selinux: false },
  namespaces: [],
};
const MIB = 1 << 20;

async function run(sections: readonly { readonly name: "host" | "child"; readonly ops: readonly Op[] }[]) {
  const result = await startPlan(encodePlan({ sections, registers: [] }), { launcher: "/bin/teu-launcher" }).ended;
  if (result.failure !== undefined || result.code !== 0)
    throw new Error(`the plan ended with ${result.code}: ${result.failure} ${result.stderr}`);
  return Number(result.records.find(({ kind }) => kind === "pid")?.value ?? 0);
}

/** A process born in a cgroup, by ops before the clone and the directory's register. */
function born(registers: Registers, script: string, way: { readonly before: readonly Op[]; readonly into?: Register }): Promise<number> {
  const pid = registers.named("child");
  const argv = ["/bin/sh", "-c", `exec >/dev/null 2>&1 </dev/null; ${script}`];
  return run([
    {
      name: "host",
      ops: [
        ...way.before,
        op("clone", { section: 1, flags: 0, cgroup: way.into, pid, pidfd: undefined }, "test"),
        op("report", { kind: REPORT.pid, value: pid }, "test"),
      ],
    },
    {
      name: "child",
      ops: [op("setsid", {}, "test"), op("exec", { candidates: ["/bin/sh"], argv, env: ["PATH=/bin:/usr/bin:/sbin"] }, "test")],
    },
  ]);
}

interface Container {
  readonly plan: CgroupPlan;
  readonly paths: CgroupPlan["paths"];
  readonly pid: number;
  file(name: string): string;
}

const made: CgroupPlan["paths"][] = [];
let count = 0;

async function create(resources: Resources, script = "sleep 600"): Promise<Container> {
  const registers = new Registers();
  const plan = planCgroup({ id: `c${count++}`, path: undefined, resources, facts }, registers);
  made.push(plan.paths);
  const pid = await born(registers, script, plan);
  return { plan, paths: plan.paths, pid, file: (name) => readFileSync(`${plan.paths.unified}/${name}`, "utf8").trim() };
}

function equal(what: string, is: unknown, should: unknown): void {
  if (JSON.stringify(is) !== JSON.stringify(should)) throw new Error(`${what} is ${JSON.stringify(is)}, not ${JSON.stringify(should)}`);
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tried = 0; tried < 300; tried++) {
    if (condition()) return;
    await Bun.sleep(20);
  }
  throw new Error(`${what} did not come true`);
}

async function refused(what: string, promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason) => reason,
  );
  if (!(error instanceof Error)) throw new Error(`${what} was not refused`);
  return error.message;
}

async function replaceProgram(directory: string, program: Uint8Array): Promise<void> {
  const registers = new Registers();
  const join = planCgroupJoin({ unified: directory }, { registers, arch: facts.arch });
  if (join.into === undefined) throw new Error("no directory");
  await run([
    { name: "host", ops: [...join.before, op("deviceProgram", { cgroup: join.into, program, replace: 1 }, "linux.resources.devices")] },
  ]);
}

const DISK = { allow: true, type: "b", major: 254, minor: 0, access: "r" };
const PROBE =
  "while :; do head -c 0 /dev/null && echo open >/tmp/null.new && mv /tmp/null.new /tmp/null; if head -c 1 /dev/vda >/dev/null 2>&1; then echo open; else echo shut; fi >/tmp/disk.new; mv /tmp/disk.new /tmp/disk; sleep 0.05; done";
const probed = (name: string) => {
  try {
    return readFileSync(`/tmp/${name}`, "utf8").trim();
  } catch {
    return "";
  }
};
const probeAgain = async (want: string) => {
  rmSync("/tmp/disk", { force: true });
  await until(`the disk is ${want}`, () => probed("disk") === want);
};

const ROOT: Record<string, () => Promise<void>> = {
  "limits hold from the process's first instruction": async () => {
    const { paths, pid, file } = await create({
      memory: { limit: 64 * MIB, swap: 64 * MIB, reservation: 32 * MIB },
      pids: { limit: 20 },
      cpu: { shares: 2048, quota: 50000, period: 100000, cpus: "0" },
      unified: { "memory.high": String(60 * MIB), "cgroup.max.depth": "3" },
    });
    equal("memory.max", file("memory.max"), String(64 * MIB));
    equal("memory.low", file("memory.low"), String(32 * MIB));
    equal("memory.high", file("memory.high"), String(60 * MIB));
    equal("pids.max", file("pids.max"), "20");
    equal("cpu.max", file("cpu.max"), "50000 100000");
    equal("cpu.weight", file("cpu.weight"), "174");
    equal("cpuset.cpus", file("cpuset.cpus"), "0");
    equal("cgroup.max.depth", file("cgroup.max.depth"), "3");
    equal("cgroup.procs", processes(paths), [pid]);
  },
  "devices are refused and allowed by the program": async () => {
    const { paths } = await create({}, PROBE);
    await probeAgain("shut");
    equal("/dev/null", probed("null"), "open");
    const resources = { devices: [DISK] };
    await updateCgroup({ paths, resources, devices: undefined, rootless, replaceProgram });
    await probeAgain("open");
    await updateCgroup({ paths, resources: { devices: [] }, devices: resources.devices, rootless, replaceProgram });
    await probeAgain("shut");
  },
  "a failed update leaves the old device program and the old limits": async () => {
    const { paths, file } = await create({ pids: { limit: 20 } }, PROBE);
    await probeAgain("shut");
    const update = (resources: Resources, replace = replaceProgram) =>
      refused("the update", updateCgroup({ paths, resources, devices: undefined, rootless, replaceProgram: replace }));
    await update({ devices: [DISK], pids: { limit: 9 }, cpu: { cpus: "4000" } });
    await update({ devices: [DISK], pids: { limit: 9 } }, (directory) => replaceProgram(directory, new Uint8Array(16)));
    await probeAgain("shut");
    equal("pids.max", file("pids.max"), "20");
  },
  "an update fills in what the files of v2 bind together": async () => {
    const { paths, file } = await create({ memory: { limit: 64 * MIB }, cpu: { quota: 20000, period: 50000 } });
    const update = (resources: Resources) => updateCgroup({ paths, resources, devices: undefined, rootless, replaceProgram });
    await update({ cpu: { period: 100000 } });
    equal("cpu.max", file("cpu.max"), "20000 100000");
    await update({ cpu: { quota: -1 } });
    equal("cpu.max", file("cpu.max"), "max 100000");
    const text = await refused("a limit below the usage", update({ memory: { limit: 4096, checkBeforeUpdate: true } }));
    equal("the refusal", /is not more than the \d+ bytes in use$/.test(text), true);
    equal("memory.max", file("memory.max"), String(64 * MIB));
  },
  "a container freezes while it forks, and thaws": async () => {
    const { paths } = await create({ pids: { limit: 50 } }, "while :; do sh -c 'exit 0'; done");
    freeze(paths);
    equal("frozen", isFrozen(paths), true);
    equal("cgroup.events", /^frozen 1$/m.test(readFileSync(`${paths.unified}/cgroup.events`, "utf8")), true);
    thaw(paths);
    equal("frozen", isFrozen(paths), false);
  },
  "kill all ends what forks, frozen or in cgroups below, and removal takes those along": async () => {
    const { paths } = await create({ pids: { limit: 60 } }, "while :; do sleep 60 & sleep 0.05; done");
    await until("it forks", () => processes(paths).length > 4);
    mkdirSync(`${paths.unified}/below/deeper`, { recursive: true });
    const [pid] = processes(paths).slice(-1);
    writeFileSync(`${paths.unified}/below/deeper/cgroup.procs`, String(pid));
    freeze(paths);
    killAll(paths);
    equal("processes", processes(paths), []);
    removeCgroups(paths);
    removeCgroups(paths);
  },
  "a cgroup with a process in it, or frozen, is not fit for another container": async () => {
    const { paths } = await create({});
    await refused("a full cgroup", (async () => assertFit(paths))());
    killAll(paths);
    assertFit(paths);
    writeFileSync(`${paths.unified}/cgroup.freeze`, "1");
    await refused("a frozen cgroup", (async () => assertFit(paths))());
    writeFileSync(`${paths.unified}/cgroup.freeze`, "0");
  },
  "statistics count, pressure too": async () => {
    const { paths } = await create(
      { memory: { limit: 64 * MIB }, pids: { limit: 20 } },
      "i=0; while [ $i -lt 5000 ]; do i=$((i+1)); done; sleep 600",
    );
    await until("it used the CPU", () => (readStats(paths).cpu.usage.total ?? 0n) > 1_000_000n);
    const { pids, memory, cpu } = readStats(paths);
    equal("pids", { current: Number(pids.current), limit: Number(pids.limit) }, { current: 1, limit: 20 });
    equal("memory limit", Number(memory.usage?.limit), 64 * MIB);
    equal("memory used", (memory.usage?.usage ?? 0n) > 0n && memory.raw?.anon !== undefined, true);
    equal("pressure", typeof cpu.psi?.some?.avg10, "number");
  },
  "an OOM kill is told by the kernel's own event": async () => {
    const { paths } = await create({ memory: { limit: 16 * MIB, swap: 16 * MIB } }, "sleep 1; dd if=/dev/zero of=/dev/null bs=64M count=1");
    const stop = new AbortController();
    const events = oomEvents(paths, { signal: stop.signal });
    const first = await Promise.race([events.next(), Bun.sleep(20_000)]);
    equal("the count", first?.value, 1);
    stop.abort();
    await events.return();
  },
  "exec follows a container that divided its own cgroup": async () => {
    const { paths, pid } = await create({ memory: { limit: 64 * MIB } });
    mkdirSync(`${paths.unified}/init`);
    writeFileSync(`${paths.unified}/init/cgroup.procs`, String(pid));
    writeFileSync(`${paths.unified}/cgroup.subtree_control`, "+memory");
    const into = (where: CgroupPlan["paths"]) => {
      const registers = new Registers();
      return born(registers, "sleep 600", planCgroupJoin(where, { registers, arch: facts.arch }));
    };
    await refused("the top of it", into(paths));
    const second = await into(execPaths(paths, { pid, facts: facts.cgroup }));
    equal("its processes", processes(paths).sort(), [pid, second].sort());
  },
  "the container's user owns its cgroup but not the limits": async () => {
    const registers = new Registers();
    const files = ["cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "memory.oom.group", "memory.reclaim", "not.there"];
    const plan = planCgroup({ id: "owned", path: undefined, resources: {}, facts, owner: { uid: 1000, files } }, registers);
    made.push(plan.paths);
    await born(registers, "sleep 600", plan);
    const stat = Bun.spawnSync(["/bin/sh", "-c", `cd ${plan.paths.unified} && stat -c %u . cgroup.procs memory.oom.group memory.max`]);
    equal("the owners", stat.stdout.toString().trim().split("\n"), ["1000", "1000", "1000", "0"]);
  },
};

const USER: Record<string, () => Promise<void>> = {
  "the parent of the user's own cgroup is found to be delegated": async () => {
    equal("delegated", facts.cgroup.v2?.delegated?.path, "/delegated");
    equal("controllers", [...(facts.cgroup.v2?.delegated?.controllers ?? [])].sort(), ["cpu", "memory", "pids"]);
    equal("writable", facts.cgroup.writable, true);
  },
  "the user's containers have limits, freeze, and end": async () => {
    const { paths, pid, file } = await create({
      memory: { limit: 32 * MIB },
      pids: { limit: 10 },
      devices: [{ allow: false, access: "rwm" }],
    });
    equal("memory.max", file("memory.max"), String(32 * MIB));
    equal("processes", processes(paths), [pid]);
    freeze(paths);
    thaw(paths);
    killAll(paths);
    removeCgroups(paths);
  },
  "what was not delegated is refused by name": async () => {
    const text = await refused("hugetlb", create({ hugepageLimits: [{ pageSize: "2MB", limit: 0 }] }));
    equal(
      "the refusal",
      text,
      "set cgroup limits: linux.resources.hugepageLimits[0]: the hugetlb controller is not delegated to this user",
    );
  },
};

for (const [name, check] of Object.entries(rootless ? USER : ROOT)) {
  let problem: string | undefined;
  try {
    await check();
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  for (const paths of made.splice(0)) {
    try {
      killAll(paths);
      removeCgroups(paths);
    } catch (error) {
      problem ??= `left over: ${error}`;
    }
  }
  console.log(JSON.stringify({ name, problem }));
}
process.exit(0);
