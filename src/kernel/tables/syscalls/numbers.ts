// System call names and numbers, one table per ABI, each parsed the first time it is asked for: a start of teu that loads no
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

/** The calls of one ABI in ascending order of their numbers: `names[i]` has `numbers[i]`. A number may have two names. */
export interface SyscallTable {
  readonly names: readonly string[];
  readonly numbers: readonly number[];
}

function parse(list: string): SyscallTable {
  const names: string[] = [];
  const numbers: number[] = [];
  let next = 0;
  for (const word of list.trim().split(/\s+/)) {
    if (word.startsWith("@")) next = Number(word.slice(1));
    else {
      names.push(word);
      numbers.push(next++);
    }
  }
  return { names, numbers };
}

/** x32 is x86-64 with some calls missing, some under numbers of their own above all others, and bit 30 set in all. */
function parseX32(): SyscallTable {
  const whole = syscallTable("x86_64");
  const own = parse(X32_OWN_SYSCALLS);
  const replaced = new Set(own.names);
  for (const name of X32_MISSING_SYSCALLS.split(" ")) replaced.add(name);
  const names: string[] = [];
  const numbers: number[] = [];
  for (let i = 0; i < whole.names.length; i++) {
    const name = whole.names[i];
    const number = whole.numbers[i];
    if (name === undefined || number === undefined || replaced.has(name)) continue;
    names.push(name);
    numbers.push(number + X32_SYSCALL_BIT);
  }
  return { names: names.concat(own.names), numbers: numbers.concat(own.numbers.map((number) => number + X32_SYSCALL_BIT)) };
}

const PARSERS: Readonly<Record<SyscallAbi, () => SyscallTable>> = {
  x86_64: () => parse(X86_64_SYSCALLS),
  x86: () => parse(X86_SYSCALLS),
  x32: parseX32,
  aarch64: () => parse(AARCH64_SYSCALLS),
  arm: () => parse(ARM_SYSCALLS),
};

const parsed: Partial<Record<SyscallAbi, SyscallTable>> = {};

/** The system calls of an ABI with their numbers as the kernel's seccomp sees them: those of x32 with bit 30 set. */
export function syscallTable(abi: SyscallAbi): SyscallTable {
  parsed[abi] ??= PARSERS[abi]();
  return parsed[abi];
}
