// Compiles a seccomp profile (runtime-spec config-linux.md, Seccomp) to the classic BPF program that seccomp(2) loads.
// profile.ts reads it, decide.ts says what it means, assemble.ts writes the instructions.
import type { Seccomp } from "../../spec/runtime/config.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { SYSCALL_ABIS, syscallTable } from "../tables/syscalls/numbers.ts";
import { assemble } from "./assemble.ts";
import { INSTRUCTION_SIZE } from "./bpf.ts";
import { decide } from "./decide.ts";
import { type Profile, readProfile } from "./profile.ts";

export interface SeccompProgram {
  /** struct sock_filter[], little-endian. */
  readonly program: Uint8Array;
  /** SECCOMP_FILTER_FLAG_* for seccomp(2). */
  readonly flags: bigint;
  /** The filter asks a listener (SCMP_ACT_NOTIFY); `flags` then holds NEW_LISTENER. */
  readonly notify: boolean;
  readonly instructions: number;
  /** Names that no table knows. They are skipped: profiles name calls of other architectures and of kernels to come. */
  readonly unknown: readonly string[];
}

/** To be raised whenever the same profile gives another program: part of the cache's key. */
export const COMPILER_VERSION = 1;

/**
 * Compiles a profile for a machine.
 * @throws InvalidInputError naming every problem of the profile by its field; TeuError `unsupported` when the program is too long.
 */
export function compileSeccomp(seccomp: Seccomp, arch: HostFacts["arch"]): SeccompProgram {
  const profile = readProfile(seccomp);
  const program = assemble(decide(profile, arch));
  const instructions = program.length / INSTRUCTION_SIZE;
  return { program, flags: profile.flags, notify: profile.notify, instructions, unknown: unknownNames(profile) };
}

/** Goes from table to table only while names are left, so that usually only the machine's own tables are parsed. */
function unknownNames(profile: Profile): string[] {
  const left = new Set<string>();
  for (const rule of profile.rules) for (const name of rule.names) left.add(name);
  for (const abi of SYSCALL_ABIS) {
    if (left.size === 0) break;
    for (const name of syscallTable(abi).names) left.delete(name);
  }
  return [...left];
}
