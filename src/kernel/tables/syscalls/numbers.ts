// System call names to numbers, one map per ABI, each parsed the first time it is asked for: a start of teu that loads no
// seccomp profile parses none.
import { AARCH64_SYSCALLS } from "./aarch64.ts";
import { ARM_SYSCALLS } from "./arm.ts";
import { X32_MISSING_SYSCALLS, X32_OWN_SYSCALLS } from "./x32.ts";
import { X86_SYSCALLS } from "./x86.ts";
import { X86_64_SYSCALLS } from "./x86-64.ts";

/** A way of calling the kernel that has numbers of its own. */
export type SyscallAbi = "x86_64" | "x86" | "x32" | "aarch64" | "arm";

export const SYSCALL_ABIS: readonly SyscallAbi[] = ["x86_64", "x86", "x32", "aarch64", "arm"];

/** Set in the number of every x32 call (arch/x86/include/uapi/asm/unistd.h). */
export const X32_SYSCALL_BIT = 0x40000000;

/** Numbers from here on are private to 32-bit ARM (__ARM_NR_BASE), far above the common ones. */
export const ARM_PRIVATE_SYSCALLS = 0x0f0000;

function parse(list: string): Map<string, number> {
  const numbers = new Map<string, number>();
  let next = 0;
  for (const word of list.trim().split(/\s+/)) {
    if (word.startsWith("@")) next = Number(word.slice(1));
    else numbers.set(word, next++);
  }
  return numbers;
}

/** x32 is x86-64 with some calls missing, some under numbers of their own, and bit 30 set in all. */
function parseX32(): Map<string, number> {
  const numbers = new Map(syscallNumbers("x86_64"));
  for (const name of X32_MISSING_SYSCALLS.split(" ")) numbers.delete(name);
  for (const [name, number] of parse(X32_OWN_SYSCALLS)) numbers.set(name, number);
  for (const [name, number] of numbers) numbers.set(name, number + X32_SYSCALL_BIT);
  return numbers;
}

const PARSERS: Readonly<Record<SyscallAbi, () => ReadonlyMap<string, number>>> = {
  x86_64: () => parse(X86_64_SYSCALLS),
  x86: () => parse(X86_SYSCALLS),
  x32: parseX32,
  aarch64: () => parse(AARCH64_SYSCALLS),
  arm: () => parse(ARM_SYSCALLS),
};

const parsed: Partial<Record<SyscallAbi, ReadonlyMap<string, number>>> = {};

/** The numbers of an ABI's system calls by name, as the kernel's seccomp sees them: those of x32 with bit 30 set. */
export function syscallNumbers(abi: SyscallAbi): ReadonlyMap<string, number> {
  parsed[abi] ??= PARSERS[abi]();
  return parsed[abi];
}
