// `linux.seccomp` (config-linux.md, "Seccomp"): names and form only; what a profile means, and whether it can be compiled, the
// seccomp compiler says.
import { array, integer, object, oneOf, optional, refined, type Shape, string, uint32, uint64, where } from "../../json/shape.ts";
import type { Seccomp, SyscallArgument, SyscallRule } from "../config.ts";
import { SECCOMP_ACTIONS, SECCOMP_ARCHITECTURES, SECCOMP_FLAGS, SECCOMP_OPERATORS } from "../names.ts";
import { nonEmpty } from "./common.ts";

export const action = oneOf(SECCOMP_ACTIONS);

export const argument = object<SyscallArgument>({
  // A system call has six arguments (seccomp(2), struct seccomp_data).
  index: integer(0, 5),
  value: uint64,
  valueTwo: optional(uint64),
  op: oneOf(SECCOMP_OPERATORS),
});

const rule = object<SyscallRule>({
  names: where(array(nonEmpty), (names) => names.length > 0, "must have at least one entry"),
  action,
  errnoRet: optional(uint32),
  args: optional(array(argument)),
});

export const seccompShape: Shape<Seccomp> = refined(
  object<Seccomp>({
    defaultAction: action,
    defaultErrnoRet: optional(uint32),
    architectures: optional(array(oneOf(SECCOMP_ARCHITECTURES))),
    flags: optional(array(oneOf(SECCOMP_FLAGS))),
    listenerPath: optional(string),
    listenerMetadata: optional(string),
    syscalls: optional(array(rule)),
  }),
  ({ listenerPath = "", listenerMetadata = "" }, trail) => {
    if (listenerMetadata !== "" && listenerPath === "") trail.refuse("must not be set without listenerPath", "listenerMetadata");
  },
);
