// The filter of `--security-opt seccomp=FILE`: the profiles that docker and podman read, which say more than an OCI configuration's, for which
// capabilities, machines and kernels a rule is. What is left of one for a container is an OCI filter. Pure.
import type { HostFacts } from "../../kernel/probe/host-facts.ts";
import type { Arch } from "../../kernel/tables/arch.ts";
import { NATIVE_ARCHITECTURE } from "../../kernel/tables/seccomp.ts";
import { readJson } from "../../spec/json/read.ts";
import { array, object, optional, type Shape, string, uint32 } from "../../spec/json/shape.ts";
import type { Seccomp, SyscallArgument, SyscallRule } from "../../spec/runtime/config.ts";
import { SECCOMP_ARCHITECTURES, SECCOMP_FLAGS } from "../../spec/runtime/names.ts";
import { action, argument } from "../../spec/runtime/shapes/seccomp.ts";

interface Condition {
  readonly caps?: readonly string[];
  /** Go's names: amd64, arm64. */
  readonly arches?: readonly string[];
  /** `4.8` */
  readonly minKernel?: string;
}

interface ProfileRule {
  /** docker's older form of one name. */
  readonly name?: string;
  readonly names?: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly SyscallArgument[];
  readonly includes?: Condition;
  readonly excludes?: Condition;
}

interface Profile extends Omit<Seccomp, "syscalls"> {
  readonly archMap?: readonly { readonly architecture: string; readonly subArchitectures?: readonly string[] }[];
  readonly syscalls?: readonly ProfileRule[];
}

const strings = array(string);

const condition: Shape<Condition> = object<Condition>({ caps: optional(strings), arches: optional(strings), minKernel: optional(string) });

const rule = object<ProfileRule>({
  name: optional(string),
  names: optional(strings),
  action,
  errnoRet: optional(uint32),
  args: optional(array(argument)),
  includes: optional(condition),
  excludes: optional(condition),
});

const profileShape = object<Profile>({
  defaultAction: action,
  defaultErrnoRet: optional(uint32),
  architectures: optional(array(known(SECCOMP_ARCHITECTURES))),
  archMap: optional(
    array(
      object<NonNullable<Profile["archMap"]>[number]>({
        architecture: known(SECCOMP_ARCHITECTURES),
        subArchitectures: optional(array(known(SECCOMP_ARCHITECTURES))),
      }),
    ),
  ),
  flags: optional(array(known(SECCOMP_FLAGS))),
  listenerPath: optional(string),
  listenerMetadata: optional(string),
  syscalls: optional(array(rule)),
});

function known(names: readonly string[]): Shape<string> {
  return (value, trail) => {
    if (typeof value === "string" && names.includes(value)) return value;
    return trail.refuse(`is none of ${names.join(", ")}`);
  };
}

/** What a profile's conditions are about. */
export interface SeccompTarget extends Pick<HostFacts, "arch" | "kernel"> {
  /** The container's bounding set. */
  readonly capabilities: readonly string[];
}

const GO_NAMES: Readonly<Record<Arch, string>> = { x86_64: "amd64", aarch64: "arm64" };

/**
 * The filter that a profile is for one container.
 * @throws InvalidInputError naming each field that is wrong
 */
export function seccompProfile(text: string, target: SeccompTarget): Seccomp {
  const { value: profile } = readJson(text, { subject: "the seccomp profile", shape: profileShape });
  const { archMap, architectures, syscalls = [], ...rest } = profile;
  const native = NATIVE_ARCHITECTURE[target.arch].name;
  const entry = archMap?.find(({ architecture }) => architecture === native);
  const own = entry === undefined ? architectures : [entry.architecture, ...(entry.subArchitectures ?? [])];
  return {
    ...rest,
    ...(own === undefined ? {} : { architectures: own }),
    syscalls: syscalls.filter((one) => applies(one, target)).map(plainRule),
  };
}

/** All of `includes` must hold, and nothing of `excludes`. */
function applies({ includes = {}, excludes = {} }: ProfileRule, { capabilities, arch, kernel }: SeccompTarget): boolean {
  const machine = GO_NAMES[arch];
  if (includes.arches?.length && !includes.arches.includes(machine)) return false;
  if (!(includes.caps ?? []).every((name) => capabilities.includes(name))) return false;
  if (includes.minKernel !== undefined && !isAtLeast(kernel, includes.minKernel)) return false;
  if (excludes.arches?.includes(machine)) return false;
  if ((excludes.caps ?? []).some((name) => capabilities.includes(name))) return false;
  return excludes.minKernel === undefined || !isAtLeast(kernel, excludes.minKernel);
}

function isAtLeast(kernel: HostFacts["kernel"], version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return kernel.major > major || (kernel.major === major && kernel.minor >= minor);
}

function plainRule({ name, names = [], action: outcome, errnoRet, args }: ProfileRule): SyscallRule {
  return {
    names: name === undefined ? names : [name, ...names],
    action: outcome,
    ...(errnoRet === undefined ? {} : { errnoRet }),
    ...(args === undefined ? {} : { args }),
  };
}
