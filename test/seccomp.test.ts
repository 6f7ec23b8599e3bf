// Compiled seccomp profiles in the kernel: loaded into a real process by a small C program, which this builds.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { op, Registers } from "../src/kernel/plan/plan.ts";
import { compileSeccomp } from "../src/kernel/seccomp/compile.ts";
import { defaultSeccomp } from "../src/kernel/seccomp/default.ts";
import { seccompListenerOps, seccompLoadOps } from "../src/kernel/seccomp/ops.ts";
import { type SyscallAbi, syscallTable } from "../src/kernel/tables/syscalls/numbers.ts";
import type { Seccomp, SyscallRule } from "../src/spec/runtime/config.ts";
import { OCI_VERSION } from "../src/spec/runtime/version.ts";
import { runPlan } from "./support/run-plan.ts";

const ARCH = process.arch === "arm64" ? "aarch64" : "x86_64";
const ON_X86 = ARCH === "x86_64";
const KERNEL = { major: 5, minor: 10 };
const ENOMEDIUM = 123;
const PR_SET_NO_NEW_PRIVS = 38;
const [EPERM, ENOSYS] = [-1, -38];

let dir: string;
let count = 0;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "seccomp-"));
  for (const name of ["load", "agent"]) {
    const source = new URL(`fixtures/seccomp/${name}.c`, import.meta.url).pathname;
    const built = spawnSync("cc", ["-Wall", "-Wextra", "-Werror", "-o", join(dir, name), source], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(`cc: ${built.stderr}`);
  }
});

afterAll(() => rmSync(dir, { recursive: true }));

function numberOf(name: string, abi: SyscallAbi = ARCH): number {
  const { names, numbers } = syscallTable(abi);
  const number = numbers[names.indexOf(name)];
  if (number === undefined) throw new RangeError(`${abi} has no ${name}`);
  return number;
}

function load(profile: Seccomp, ...command: string[]) {
  const { program, flags } = compileSeccomp(profile, ARCH);
  const path = join(dir, `${++count}.bpf`);
  writeFileSync(path, program);
  return spawnSync(join(dir, "load"), [path, `${flags}`, ...command], { encoding: "utf8", timeout: 20_000 });
}

/** What a call returns under a profile: the result, a negative errno, or the signal that it died of. */
function call(profile: Seccomp, name: string, ...args: (number | bigint)[]): number | string | null {
  const { signal, stdout } = load(profile, "call", `${numberOf(name)}`, ...args.map(String));
  return signal ?? Number(stdout);
}

const profileOf = (defaultAction: string, ...syscalls: SyscallRule[]): Seccomp => ({ defaultAction, syscalls });
const DEFAULT = defaultSeccomp({ arch: ARCH, kernel: KERNEL, capabilities: [] });

describe("the kernel", () => {
  test("returns the errno of a rule", () => {
    const profile = profileOf("SCMP_ACT_ALLOW", { names: ["getpid"], action: "SCMP_ACT_ERRNO", errnoRet: 100 });
    expect(call(profile, "getpid")).toBe(-100);
    expect(call(profile, "getppid")).toBeGreaterThan(0);
  });

  test.each(["SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_TRAP"])(
    "ends a process by SIGSYS for %s",
    (action) => {
      expect(call(profileOf("SCMP_ACT_ALLOW", { names: ["getpid"], action }), "getpid")).toBe("SIGSYS");
    },
  );

  test("lets a logged call go on", () => {
    expect(call(profileOf("SCMP_ACT_ALLOW", { names: ["getpid"], action: "SCMP_ACT_LOG" }), "getpid")).toBeGreaterThan(0);
  });

  test("refuses a traced call when there is no tracer", () => {
    expect(call(profileOf("SCMP_ACT_ALLOW", { names: ["getpid"], action: "SCMP_ACT_TRACE" }), "getpid")).toBe(ENOSYS);
  });

  test("takes every flag that a profile without a listener may have", () => {
    const flags = ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"];
    expect(call({ ...profileOf("SCMP_ACT_ALLOW"), flags }, "getppid")).toBeGreaterThan(0);
  });

  // biome-ignore format: table
  const COMPARISONS: { op: string; value: bigint; valueTwo?: bigint; meets: bigint[]; misses: bigint[] }[] = [
    { op: "SCMP_CMP_EQ", value: 0x100000005n, meets: [0x100000005n], misses: [5n, 0x100000004n, 0x200000005n] },
    { op: "SCMP_CMP_NE", value: 0x100000005n, meets: [5n, 0x100000004n], misses: [0x100000005n] },
    { op: "SCMP_CMP_LT", value: 0x100000005n, meets: [0n, 0xffffffffn, 0x100000004n], misses: [0x100000005n, 0x200000000n] },
    { op: "SCMP_CMP_LE", value: 0x100000005n, meets: [0n, 0x100000005n], misses: [0x100000006n, 0x200000000n] },
    { op: "SCMP_CMP_GE", value: 0x100000005n, meets: [0x100000005n, 0x200000000n], misses: [0xffffffffn, 0x100000004n] },
    { op: "SCMP_CMP_GT", value: 0x100000005n, meets: [0x100000006n, 0x200000000n], misses: [0xffffffffn, 0x100000005n] },
    { op: "SCMP_CMP_MASKED_EQ", value: 0x1000000f0n, valueTwo: 0x100000030n, meets: [0x100000030n, 0x30000003fn], misses: [0x30n, 0x100000070n] },
  ];

  test.each(COMPARISONS)("compares 64 bits for $op", ({ op, value, valueTwo = 0n, meets, misses }) => {
    const rule = { names: ["getpid"], action: "SCMP_ACT_ERRNO", errnoRet: 100, args: [{ index: 5, value, valueTwo, op }] };
    const profile = profileOf("SCMP_ACT_ALLOW", rule);
    for (const argument of meets) expect([argument, call(profile, "getpid", 0, 0, 0, 0, 0, argument)]).toEqual([argument, -100]);
    for (const argument of misses) expect(call(profile, "getpid", 0, 0, 0, 0, 0, argument)).toBeGreaterThan(0);
  });

  test.skipIf(!ON_X86)("kills an x32 call, though all is allowed", () => {
    const { signal } = load(profileOf("SCMP_ACT_ALLOW"), "call", `${numberOf("getpid", "x32")}`);
    expect(signal).toBe("SIGSYS");
  });

  test.skipIf(!ON_X86)("kills a 32-bit call where 32-bit x86 is not listed, and judges it where it is", () => {
    const rule = { names: ["mkdir"], action: "SCMP_ACT_ERRNO", errnoRet: 100 };
    const mkdir = `${numberOf("mkdir", "x86")}`;
    expect(load(profileOf("SCMP_ACT_ALLOW", rule), "call32", mkdir).signal).toBe("SIGSYS");
    const listed = { ...profileOf("SCMP_ACT_ALLOW", rule), architectures: ["SCMP_ARCH_X86"] };
    expect(load(listed, "call32", mkdir).stdout).toBe("-100");
  });

  test("loads a program of nearly as many instructions as it takes", () => {
    const rules = Array.from({ length: 1300 }, (_, index) => {
      const args = [{ index: 1, value: index * 2, op: "SCMP_CMP_EQ" }];
      return { names: ["getpid"], action: "SCMP_ACT_ERRNO", errnoRet: 1 + (index % 1000), args };
    });
    const profile = profileOf("SCMP_ACT_ALLOW", ...rules);
    expect(compileSeccomp(profile, ARCH).instructions).toBeGreaterThan(3000);
    expect(call(profile, "getpid", 0, 2 * 777)).toBe(-778);
    expect(call(profile, "getpid", 0, 2 * 777 + 1)).toBeGreaterThan(0);
  });
});

describe("under the default profile", () => {
  // biome-ignore format: table
  const PROGRAMS = [
    ["ls", "-l", "/"], ["apt-get", "--version"], ["sh", "-c", "echo a | cat | wc -c"], ["ps", "ax"], ["date"],
    ["python3", "-c", "import threading, socket, subprocess; t = threading.Thread(target=print); t.start(); t.join(); socket.socket(); subprocess.run(['true'], check=True)"],
    [process.execPath, "-e", "await Bun.write('/dev/null', 'x'); new Worker('data:text/javascript,postMessage(1)').onmessage = () => process.exit()"],
  ].map((command) => ({ command }));

  test.each(PROGRAMS.filter(({ command: [name = ""] }) => Bun.which(name) !== null))("runs $command.0", ({ command }) => {
    const { status, signal, stderr } = load(DEFAULT, "exec", ...command);
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  });

  // biome-ignore format: table
  const REFUSED: { name: string; call: string; args: number[]; result: number }[] = [
    { name: "keyrings", call: "keyctl", args: [0, -1], result: EPERM },
    { name: "a user namespace by unshare", call: "unshare", args: [0x10000000], result: EPERM },
    { name: "a user namespace by clone", call: "clone", args: [0x10000000 | 17], result: EPERM },
    { name: "clone3, so that the C library takes clone", call: "clone3", args: [0, 0], result: ENOSYS },
    { name: "a personality without address randomisation", call: "personality", args: [0x0040000], result: EPERM },
    { name: "io_uring", call: "io_uring_setup", args: [1, 0], result: EPERM },
    { name: "AF_VSOCK", call: "socket", args: [40, 1, 0], result: EPERM },
    { name: "AF_ALG", call: "socket", args: [38, 5, 0], result: EPERM },
    { name: "a call newer than the profile", call: "open_tree_attr", args: [0, 0, 0, 0, 0], result: ENOSYS },
  ];

  test.each(REFUSED)("refuses $name", ({ call: name, args, result }) => {
    expect(call(DEFAULT, name, ...args)).toBe(result);
  });

  test("refuses unshare -U as a program too, and not with CAP_SYS_ADMIN", () => {
    expect(load(DEFAULT, "exec", "unshare", "-U", "true").stderr).toContain("Operation not permitted");
    const admin = defaultSeccomp({ arch: ARCH, kernel: KERNEL, capabilities: ["CAP_SYS_ADMIN"] });
    expect(load(admin, "exec", "unshare", "-U", "true").status).toBe(0);
  });

  test.skipIf(!ON_X86)("answers an x32 call with an errno, as x32 is listed", () => {
    expect(load(DEFAULT, "call", `${numberOf("keyctl", "x32")}`).stdout).toBe(`${EPERM}`);
    expect(load(DEFAULT, "call", `${0x40000000 + 600}`).stdout).toBe(`${ENOSYS}`);
  });
});

describe("with a listener", () => {
  const profile = (path: string, ...names: string[]): Seccomp => ({
    ...profileOf("SCMP_ACT_ALLOW", { names, action: "SCMP_ACT_NOTIFY" }),
    flags: [],
    listenerPath: path,
    listenerMetadata: "word",
  });

  /** A process that connects, loads the filter, hands it over and becomes mkdir. */
  function planFor(seccomp: Seccomp) {
    const registers = new Registers();
    const program = compileSeccomp(seccomp, ARCH);
    const pid = registers.named("pid");
    const config = { ociVersion: OCI_VERSION, root: { path: "/" } };
    const state = { config, id: "c1", bundle: "/b", status: "creating", process: { decimal: pid }, container: { decimal: pid } };
    return [
      ...seccompListenerOps(seccomp, program, registers),
      op("getPid", { out: pid }, "test"),
      op("prctl", { option: PR_SET_NO_NEW_PRIVS, a: 1, b: 0, c: 0, d: 0 }, "test"),
      ...seccompLoadOps(seccomp, program, { registers, ...state }),
      op("exec", { candidates: ["/bin/mkdir"], argv: ["mkdir", join(dir, "made")], env: [] }, "test"),
    ];
  }

  test("the agent gets the descriptor, the container's state, and then decides", async () => {
    const path = join(dir, "agent.sock");
    const agent = spawn(join(dir, "agent"), [path, `${ENOMEDIUM}`]);
    let text = "";
    agent.stdout.on("data", (chunk) => {
      text += chunk;
    });
    const ended = once(agent, "close");
    await once(agent.stdout, "data");
    const result = await runPlan([planFor(profile(path, "mkdir", "mkdirat"))]);
    await ended;
    expect(result.stderr).toContain("No medium found");
    const [, state = "", request = "", rest] = text.split("\n");
    const { pid, ...said } = JSON.parse(state);
    const shown = { ociVersion: OCI_VERSION, id: "c1", status: "creating", pid, bundle: "/b", annotations: {} };
    expect(said).toEqual({ ociVersion: OCI_VERSION, fds: ["seccompFd"], metadata: "word", state: shown });
    expect([`${pid} ${numberOf("mkdir")}`, `${pid} ${numberOf("mkdirat")}`]).toContain(request);
    expect(rest).toBe("0");
  });

  test("a listener that is not there is named", async () => {
    const seccomp = profile(join(dir, "nobody.sock"), "mkdir");
    expect((await runPlan([planFor(seccomp)])).failure).toBe("ENOENT at 0");
  });
});
