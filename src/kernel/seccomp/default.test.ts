import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { capabilityNumber } from "../tables/capabilities.ts";
import { DEFAULT_SECCOMP_GROUPS } from "../tables/seccomp-default.ts";
import { SYSCALL_ABIS, type SyscallAbi, syscallTable } from "../tables/syscalls/numbers.ts";
import { runFilter } from "./bpf-interpreter.test-support.ts";
import { compileSeccomp } from "./compile.ts";
import { type DefaultSeccompContext, defaultSeccomp } from "./default.ts";

const KERNEL = { major: 5, minor: 10 };
const X86_64 = 0xc000003e;
const ALLOW = 0x7fff0000;
const words = (names: string) => names.split(/\s+/);

function numberOf(abi: SyscallAbi, name: string): number {
  const { names, numbers } = syscallTable(abi);
  return numbers[names.indexOf(name)] ?? -1;
}

/** What a container with some capabilities gets for a call by name. */
function answer(name: string, { args = [], ...context }: { args?: readonly bigint[] } & Partial<DefaultSeccompContext>): number {
  const { program } = compileSeccomp(defaultSeccomp({ arch: "x86_64", kernel: KERNEL, capabilities: [], ...context }), "x86_64");
  return runFilter(program, { audit: X86_64, number: numberOf("x86_64", name), args }).value;
}

describe("the groups of the default profile", () => {
  const everyName = DEFAULT_SECCOMP_GROUPS.flatMap(({ names }) => words(names));

  test("name calls that exist", () => {
    const known = new Set(SYSCALL_ABIS.flatMap((abi) => syscallTable(abi).names));
    expect(everyName.filter((name) => !known.has(name))).toEqual([]);
  });

  test.each(["x86_64", "aarch64"] as const)("belong to %s where they say so", (arch) => {
    const own = new Set(
      (arch === "x86_64" ? (["x86_64", "x86", "x32"] as const) : (["aarch64", "arm"] as const)).flatMap((abi) => syscallTable(abi).names),
    );
    const foreign = DEFAULT_SECCOMP_GROUPS.filter((group) => group.arch === arch).flatMap(({ names }) =>
      words(names).filter((name) => !own.has(name)),
    );
    expect(foreign).toEqual([]);
  });

  test("name a call once, unless it depends on a capability", () => {
    const always = DEFAULT_SECCOMP_GROUPS.filter((group) => group.with === undefined).flatMap(({ names }) => words(names));
    expect(always.filter((name, index) => always.indexOf(name) !== index)).toEqual([]);
    for (const { names } of DEFAULT_SECCOMP_GROUPS) expect(new Set(words(names)).size).toBe(words(names).length);
  });

  test("name capabilities that exist", () => {
    const capabilities = DEFAULT_SECCOMP_GROUPS.flatMap((group) => [group.with ?? [], group.without ?? []].flat());
    expect(capabilities.length).toBeGreaterThan(10);
    expect(capabilities.filter((name) => capabilityNumber(name) === undefined)).toEqual([]);
  });
});

describe("by default", () => {
  // biome-ignore format: table
  const rows: { name: string; call: string; args?: bigint[]; capabilities?: string[]; answer: number }[] = [
    { name: "files are read", call: "openat", answer: ALLOW },
    { name: "keyrings are closed", call: "keyctl", answer: 0x00050001 },
    { name: "io_uring is closed", call: "io_uring_setup", answer: 0x00050001 },
    { name: "unshare is closed", call: "unshare", answer: 0x00050001 },
    { name: "unshare opens with CAP_SYS_ADMIN", call: "unshare", capabilities: ["CAP_SYS_ADMIN"], answer: ALLOW },
    { name: "clone makes threads", call: "clone", args: [0x003d0f00n], answer: ALLOW },
    { name: "clone makes no user namespace", call: "clone", args: [0x10000000n], answer: 0x00050001 },
    { name: "clone makes any with CAP_SYS_ADMIN", call: "clone", args: [0x10000000n], capabilities: ["CAP_SYS_ADMIN"], answer: ALLOW },
    { name: "clone3 is not there", call: "clone3", answer: 0x00050026 },
    { name: "clone3 is there with CAP_SYS_ADMIN", call: "clone3", capabilities: ["CAP_SYS_ADMIN"], answer: ALLOW },
    { name: "personality tells", call: "personality", args: [0xffffffffn], answer: ALLOW },
    { name: "personality does not turn off address randomisation", call: "personality", args: [0x0040000n], answer: 0x00050001 },
    { name: "IPv6 is open", call: "socket", args: [10n], answer: ALLOW },
    { name: "AF_NFC, between the closed two, is open", call: "socket", args: [39n], answer: ALLOW },
    { name: "AF_VSOCK is closed", call: "socket", args: [40n], answer: 0x00050001 },
    { name: "AF_ALG is closed", call: "socket", args: [38n], answer: 0x00050001 },
    { name: "a call newer than the profile is not there", call: "open_tree_attr", answer: 0x00050026 },
  ];

  test.each(rows)("$name", ({ call, args = [], capabilities = [], answer: expected }) => {
    expect(answer(call, { args, capabilities })).toBe(expected);
  });

  test("tracing is closed where a tracer could change a call behind the filter's back", () => {
    expect(answer("ptrace", { kernel: { major: 4, minor: 7 } })).toBe(0x00050001);
    expect(answer("ptrace", { kernel: { major: 4, minor: 8 } })).toBe(ALLOW);
  });
});

describe("beside the profile of podman", () => {
  const PODMAN = "/usr/share/containers/seccomp.json";
  // Its authors let a container make user namespaces of its own (podman in podman), with all that the kernel lets it do there.
  const nesting = words(`clone3 fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree pivot_root setns umount
    umount2 unshare`);
  // What it lets everybody do and we only with the capability that the kernel asks for, or never.
  const laxer = words("get_mempolicy keyctl mbind pidfd_getfd reboot set_mempolicy syslog readdir sigaction signal sigpending sigsuspend");
  // What it does not know yet, or refuses where the kernel's own checks suffice.
  const newer = words(`cachestat fchmodat2 futex_requeue futex_wait futex_waitv futex_wake getxattrat io_pgetevents io_pgetevents_time64
    listmount listxattrat map_shadow_stack mseal removexattrat setxattrat statmount uretprobe vmsplice`);

  test.skipIf(!existsSync(PODMAN))("only the differences that have a reason are there", () => {
    const document: { syscalls: { names: string[]; action: string; includes: { caps?: string[]; arches?: string[] } }[] } = JSON.parse(
      readFileSync(PODMAN, "utf8"),
    );
    const theirs = document.syscalls.filter(
      ({ action, includes }) => action === "SCMP_ACT_ALLOW" && includes.caps === undefined && (includes.arches?.includes("amd64") ?? true),
    );
    const ours = defaultSeccomp({ arch: "x86_64", kernel: KERNEL, capabilities: [] }).syscalls ?? [];
    const known = new Set(["x86_64", "x86"].flatMap((abi) => syscallTable(abi as SyscallAbi).names));
    const names = (rules: readonly { names: readonly string[]; action: string }[]) =>
      new Set(rules.filter(({ action }) => action === "SCMP_ACT_ALLOW").flatMap((rule) => rule.names.filter((name) => known.has(name))));
    const [here, there] = [names(ours), names(theirs)];
    expect([...there].filter((name) => !here.has(name)).sort()).toEqual([...nesting, ...laxer].sort());
    expect([...here].filter((name) => !there.has(name)).sort()).toEqual(newer.sort());
  });
});
