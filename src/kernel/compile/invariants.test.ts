// Properties of every golden plan, and that each property can be lost: a plan that has been broken on purpose is caught by the check that is
// about what was broken.
import { describe, expect, test } from "bun:test";
import { type Op, op, type Plan, type Register } from "../plan/plan.ts";
import { type CompiledCase, caseNames, compileCase, TESTDATA } from "./golden-cases.fixture.ts";
import { HANDSHAKE_INVARIANTS } from "./handshake.test-support.ts";
import { ORDER_INVARIANTS } from "./order-invariants.test-support.ts";
import { PATH_INVARIANTS } from "./path-invariants.test-support.ts";
import { named, numberArg } from "./plan-walk.test-support.ts";
import { REGISTER_INVARIANTS } from "./register-invariants.test-support.ts";
import { BARRIER } from "./request.ts";

const INVARIANTS = [...ORDER_INVARIANTS, ...PATH_INVARIANTS, ...REGISTER_INVARIANTS, ...HANDSHAKE_INVARIANTS];
const cases = caseNames(TESTDATA).map((name) => compileCase(TESTDATA, name));

for (const { name, faults } of INVARIANTS) {
  test(name, () => {
    const broken = cases.flatMap((golden) => faults(golden).map((fault) => `${golden.name}: ${fault}`));
    expect(broken).toEqual([]);
  });
}

/** The plan of a case with the ops of one section changed. */
function changed(name: string, section: Plan["sections"][number]["name"], change: (ops: readonly Op[]) => readonly Op[]): CompiledCase {
  const golden = compileCase(TESTDATA, name);
  const sections = golden.plan.sections.map((one) => (one.name === section ? { ...one, ops: change(one.ops) } : one));
  return { ...golden, plan: { ...golden.plan, sections } };
}

type Test = (op: Op) => boolean;
const without = (test: Test) => (ops: readonly Op[]) => ops.filter((one) => !test(one));
/** Moves the first op that `test` finds to where the first that `before` finds stands. */
const moved = (test: Test, before: Test) => (ops: readonly Op[]) => {
  const taken = ops.find(test);
  if (taken === undefined) throw new Error("nothing to move");
  const rest = ops.filter((one) => one !== taken);
  const at = rest.findIndex(before);
  if (at < 0) throw new Error("nowhere to move it to");
  return rest.toSpliced(at, 0, taken);
};
const inserted = (extra: Op, before: Test) => (ops: readonly Op[]) => {
  const at = ops.findIndex(before);
  if (at < 0) throw new Error("nowhere to insert it");
  return ops.toSpliced(at, 0, extra);
};
const barrier = (name: "signal" | "await", number: number) => (one: Op) => one.name === name && numberArg(one, "number") === number;
const noNewPrivileges: Test = (one) => one.name === "prctl" && numberArg(one, "option") === 38;
const openHost = (path: string) => op("open", { dir: undefined, path, flags: 0, mode: 0, out: 250 as Register }, "broken");

// biome-ignore format: table
const BROKEN: readonly { readonly name: string; readonly plan: () => CompiledCase; readonly caught: string }[] = [
  { name: "the cgroup is entered after the maps", caught: "the process is in its cgroup before",
    plan: () => changed("user-namespace-multiple-maps", "child", moved(barrier("await", BARRIER.mapped), named("writeFd"))) },
  { name: "clone does not name the cgroup", caught: "a v2 cgroup is entered by the clone itself",
    plan: () => changed("spec", "host", (ops) => ops.map((one) => (one.name === "clone" ? { ...one, args: { ...one.args, cgroup: undefined } } : one))) },
  { name: "the process goes on before it is mapped", caught: "ids are mapped before",
    plan: () => changed("user-namespace-single-map", "host", moved(barrier("signal", BARRIER.mapped), named("openPid"))) },
  { name: "setuid before the maps are there", caught: "ids are mapped before",
    plan: () => changed("user-namespace-single-map", "child", moved(named("setuid"), barrier("await", BARRIER.mapped))) },
  { name: "setgroups is denied too late", caught: "uids are mapped before gids",
    plan: () => changed("rootless-single-map", "host", moved((one) => one.args.path === "gid_map", (one) => one.args.path === "setgroups")) },
  { name: "a mount over the masks", caught: "paths are masked and made read-only after",
    plan: () => changed("masked-and-readonly-paths", "child", moved(named("mask"), named("fsMount"))) },
  { name: "a mask after the pivot", caught: "paths are masked and made read-only after",
    plan: () => changed("masked-and-readonly-paths", "child", moved(named("pivotRoot"), named("mask"))) },
  { name: "a sysctl when /proc/sys is read-only", caught: "sysctls are written before",
    plan: () => changed("masked-and-readonly-paths", "child", inserted(op("write", { dir: 1 as Register, path: "sys/x", data: ["1"] }, "linux.sysctl.x"), named("pivotRoot"))) },
  { name: "setuid before setgid", caught: "bounding set, groups, gid, uid",
    plan: () => changed("user", "child", moved(named("setuid"), named("setgid"))) },
  { name: "capabilities before the user", caught: "bounding set, groups, gid, uid",
    plan: () => changed("user", "child", moved(named("capSet"), named("setgid"))) },
  { name: "groups after the gid", caught: "bounding set, groups, gid, uid",
    plan: () => changed("user", "child", moved(named("setgid"), named("setgroups"))) },
  { name: "groups stay", caught: "the container never keeps the caller's groups",
    plan: () => changed("user", "child", without(named("setgroups"))) },
  { name: "an op between filter and execve", caught: "with no_new_privs the filter is the last",
    plan: () => changed("seccomp-no-new-privileges", "child", moved(named("seccomp"), named("umask"))) },
  { name: "the filter before no_new_privs", caught: "with no_new_privs the filter is the last",
    plan: () => changed("seccomp-no-new-privileges", "child", moved(noNewPrivileges, named("exec"))) },
  { name: "the filter after the capabilities are gone", caught: "with no_new_privs the filter is the last",
    plan: () => changed("seccomp", "child", moved(named("seccomp"), named("exec"))) },
  { name: "no filter at all", caught: "with no_new_privs the filter is the last",
    plan: () => changed("seccomp", "child", without(named("seccomp"))) },
  { name: "no_new_privs is left out", caught: "no_new_privs is set when",
    plan: () => changed("spec", "child", without(noNewPrivileges)) },
  { name: "limits when it runs already", caught: "limits are set from outside",
    plan: () => changed("rlimits", "host", moved(barrier("signal", BARRIER.hooked), named("rlimit"))) },
  { name: "a pid that is nowhere", caught: "the pid is on disk",
    plan: () => changed("spec", "host", without(named("putFile"))) },
  { name: "a host path after the pivot", caught: "nothing after the pivot",
    plan: () => changed("spec", "child", inserted(openHost("/etc/shadow"), named("ownStdio"))) },
  { name: "a path in a joined container", caught: "a process that joins a container walks no path",
    plan: () => changed("exec", "exec", inserted(openHost("/etc/passwd"), named("ownStdio"))) },
  { name: "a host path between root and pivot", caught: "between root and pivot only",
    plan: () => changed("spec", "child", inserted(openHost("/etc/hosts"), named("mknod"))) },
  { name: "a plain path into the root", caught: "no path at or below the root file system",
    plan: () => changed("spec", "child", inserted(openHost("/bundle/rootfs/etc"), named("mknod"))) },
  { name: "a path that starts at procfs instead of the root", caught: "every op below the root starts",
    plan: () => changed("spec", "child", (ops) => ops.map((one) => (one.name === "mknod" ? { ...one, args: { ...one.args, root: 1 } } : one))) },
  { name: "a target that may be in procfs", caught: "a target that was found in the root",
    plan: () => changed("spec", "child", without(named("refuseFs"))) },
  { name: "an unchecked procfs", caught: "procfs is the host's",
    plan: () => changed("spec", "host", without(named("checkFs"))) },
  { name: "a child's write by path", caught: "a child's `write` starts at a descriptor",
    plan: () => changed("spec", "child", inserted(op("write", { dir: undefined, path: "/proc/self/attr/exec", data: [""] }, "broken"), named("exec"))) },
  { name: "an unchecked null device", caught: "a device of the host's is seen",
    plan: () => changed("spec", "child", without(named("checkDevice"))) },
  { name: "a terminal of anything", caught: "a terminal is opened only in",
    plan: () => changed("terminal-monitor", "child", without(named("checkFs"))) },
  { name: "a register that is never written", caught: "every register is written before",
    plan: () => changed("spec", "child", without(named("openTree"))) },
  { name: "a register that a tolerated error leaves unset", caught: "every register is written before",
    plan: () => changed("spec", "child", (ops) => ops.map((one) => (one.name === "openTree" ? { ...one, tolerate: ["ENOENT"] } : one))) },
  { name: "a register in a piece that is never written", caught: "every register is written before",
    plan: () => changed("hooks", "child", without(named("getPid"))) },
  { name: "a forgotten descriptor", caught: "no open descriptor is forgotten",
    plan: () => changed("spec", "child", without((one) => one.name === "close" && one.from === "mounts[0]")) },
  { name: "a section that clones itself", caught: "a section is cloned only",
    plan: () => changed("spec", "host", (ops) => ops.map((one) => (one.name === "clone" ? { ...one, args: { ...one.args, section: 0 } } : one))) },
  { name: "descriptors left open", caught: "nothing but standard streams",
    plan: () => changed("spec", "child", without(named("closeFrom"))) },
  { name: "a preserved descriptor lost", caught: "nothing but standard streams",
    plan: () => changed("preserve-fds", "child", without(named("dup2"))) },
  { name: "an argument too many", caught: "ops have the arguments",
    plan: () => changed("spec", "child", (ops) => ops.map((one) => (one.name === "setsid" ? { ...one, args: { more: 1 } } : one))) },
  { name: "an op from nowhere", caught: "every op says where",
    plan: () => changed("spec", "child", (ops) => ops.map((one) => (one.name === "setsid" ? { ...one, from: "" } : one))) },
  { name: "something after exec", caught: "a section that ends in nothing else",
    plan: () => changed("spec", "child", (ops) => [...ops, op("setsid", {}, "broken")]) },
  { name: "a signal that is not sent", caught: "the hand-shake comes to its end",
    plan: () => changed("spec", "host", without(barrier("signal", BARRIER.hooked))) },
  { name: "a signal that nobody awaits", caught: "the hand-shake comes to its end",
    plan: () => changed("keeper-detach", "child", without(barrier("await", BARRIER.hooked))) },
  { name: "the far end kept open, so that execve is never seen", caught: "the hand-shake comes to its end",
    plan: () => changed("keeper-detach", "host", without((one) => one.name === "close" && one.from === "hand-shake")) },
  { name: "both ends kept by the one who waits", caught: "the hand-shake comes to its end",
    plan: () => changed("idmapped-mounts", "idmap", without(named("close"))) },
  { name: "barriers in the wrong order", caught: "the hand-shake comes to its end",
    plan: () => changed("spec", "host", moved(barrier("await", BARRIER.ready), barrier("await", BARRIER.mounted))) },
];

describe("is caught:", () => {
  for (const { name, plan, caught } of BROKEN) {
    test(name, () => {
      const check = INVARIANTS.filter((invariant) => invariant.name.startsWith(caught));
      expect(check).toHaveLength(1);
      expect(check.flatMap(({ faults }) => faults(plan()))).not.toEqual([]);
    });
  }

  test("every property is lost by one of them", () => {
    const untried = INVARIANTS.filter(({ name }) => !BROKEN.some(({ caught }) => name.startsWith(caught)));
    expect(untried.map(({ name }) => name)).toEqual([]);
  });
});
