// The words of a seccomp profile (runtime-spec config-linux.md, Seccomp) and what they mean to the kernel
// (include/uapi/linux/seccomp.h, include/uapi/linux/audit.h). The words themselves are those of spec/runtime/names.ts.
import type { SECCOMP_ACTIONS, SECCOMP_ARCHITECTURES, SECCOMP_FLAGS, SECCOMP_OPERATORS } from "../../spec/runtime/names.ts";
import type { SyscallAbi } from "./syscalls/numbers.ts";

/** What a filter may answer: the upper half of its return value. `data` says what the lower half carries. */
export interface SeccompAction {
  readonly value: number;
  /** The lower half is an errno (at most MAX_ERRNO) or a number for the tracer (16 bits). */
  readonly data?: "errno" | "message";
}

// biome-ignore format: table
export const ACTION_ANSWERS: Readonly<Record<(typeof SECCOMP_ACTIONS)[number], SeccompAction>> = {
  SCMP_ACT_KILL:         { value: 0x00000000 }, // an old name of KILL_THREAD
  SCMP_ACT_KILL_THREAD:  { value: 0x00000000 },
  SCMP_ACT_KILL_PROCESS: { value: 0x80000000 },
  SCMP_ACT_TRAP:         { value: 0x00030000 },
  SCMP_ACT_ERRNO:        { value: 0x00050000, data: "errno" },
  SCMP_ACT_NOTIFY:       { value: 0x7fc00000 },
  SCMP_ACT_TRACE:        { value: 0x7ff00000, data: "message" },
  SCMP_ACT_LOG:          { value: 0x7ffc0000 },
  SCMP_ACT_ALLOW:        { value: 0x7fff0000 },
};

/** Whether an answer lets the call go on. TRACE counts: a tracer is expected to deal with calls that it does not know. */
export function permits(answer: number): boolean {
  const { SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_TRACE } = ACTION_ANSWERS;
  return [SCMP_ACT_ALLOW, SCMP_ACT_LOG, SCMP_ACT_TRACE].some(({ value }) => value >>> 16 === answer >>> 16);
}

/** The kernel cuts a larger errno to this (include/linux/err.h); a profile that asks for more is mistaken. */
export const MAX_ERRNO = 4095;

/** How an argument is compared, unsigned: `masked` is (argument & value) == valueTwo. */
export const OPERATOR_COMPARISONS = {
  SCMP_CMP_NE: "ne",
  SCMP_CMP_LT: "lt",
  SCMP_CMP_LE: "le",
  SCMP_CMP_EQ: "eq",
  SCMP_CMP_GE: "ge",
  SCMP_CMP_GT: "gt",
  SCMP_CMP_MASKED_EQ: "masked",
} as const satisfies Readonly<Record<(typeof SECCOMP_OPERATORS)[number], string>>;

export type Comparison = (typeof OPERATOR_COMPARISONS)[keyof typeof OPERATOR_COMPARISONS];

/** Flags that a profile may ask for: SECCOMP_FILTER_FLAG_*. */
export const FLAG_BITS: Readonly<Record<(typeof SECCOMP_FLAGS)[number], bigint>> = {
  SECCOMP_FILTER_FLAG_TSYNC: 1n << 0n,
  SECCOMP_FILTER_FLAG_LOG: 1n << 1n,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 1n << 2n,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 1n << 5n,
};

/** Makes seccomp(2) return a notification descriptor; set by us, not by a profile. */
export const SECCOMP_FILTER_FLAG_NEW_LISTENER = 1n << 3n;

/** An architecture of a profile: the AUDIT_ARCH_* that the kernel reports, and whose numbers its calls have. */
export interface SeccompArchitecture {
  readonly audit: number;
  readonly abi: SyscallAbi;
  /** Arguments are compared by their lower 32 bits: the kernel zeroes the rest, and on x32 it is up to the caller (as libseccomp). */
  readonly narrow?: true;
}

/**
 * The architectures that a kernel which teu runs on can meet. A profile may name others, so that it can serve many machines;
 * their calls never come, and nothing is compiled for them.
 */
// biome-ignore format: table
export const ARCHITECTURES: Readonly<Partial<Record<(typeof SECCOMP_ARCHITECTURES)[number], SeccompArchitecture>>> = {
  SCMP_ARCH_X86_64:  { audit: 0xc000003e, abi: "x86_64" },
  SCMP_ARCH_X86:     { audit: 0x40000003, abi: "x86", narrow: true },
  SCMP_ARCH_X32:     { audit: 0xc000003e, abi: "x32", narrow: true }, // told from x86-64 by bit 30 of the number only
  SCMP_ARCH_AARCH64: { audit: 0xc00000b7, abi: "aarch64" },
  SCMP_ARCH_ARM:     { audit: 0x40000028, abi: "arm", narrow: true },
};

/** Each machine's own architecture, and those of the table that its kernel can run beside it. */
export const NATIVE_ARCHITECTURE = {
  x86_64: { name: "SCMP_ARCH_X86_64", beside: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
  aarch64: { name: "SCMP_ARCH_AARCH64", beside: ["SCMP_ARCH_ARM"] },
} as const;

/** One of the calls that 32-bit x86 can also make through socketcall(2) or ipc(2), with the number it has there. */
export interface Multiplexed {
  readonly through: "socketcall" | "ipc";
  readonly call: number;
}

const multiplexed = (through: Multiplexed["through"], calls: Readonly<Record<string, number>>): [string, Multiplexed][] =>
  Object.entries(calls).map(([name, call]) => [name, { through, call }]);

/** include/uapi/linux/net.h SYS_*, include/uapi/linux/ipc.h. */
export function multiplexedCalls(): ReadonlyMap<string, Multiplexed> {
  return new Map([
    // biome-ignore format: table
    ...multiplexed("socketcall", {
      socket: 1, bind: 2, connect: 3, listen: 4, accept: 5, getsockname: 6, getpeername: 7, socketpair: 8, send: 9, recv: 10,
      sendto: 11, recvfrom: 12, shutdown: 13, setsockopt: 14, getsockopt: 15, sendmsg: 16, recvmsg: 17, accept4: 18,
      recvmmsg: 19, sendmmsg: 20,
    }),
    // biome-ignore format: table
    ...multiplexed("ipc", {
      semop: 1, semget: 2, semctl: 3, semtimedop: 4, msgsnd: 11, msgrcv: 12, msgget: 13, msgctl: 14, shmat: 21, shmdt: 22,
      shmget: 23, shmctl: 24,
    }),
  ]);
}
