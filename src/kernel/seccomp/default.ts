// The default seccomp profile for one container: the groups of the table that its capabilities and machine call for.
import type { Seccomp, SyscallRule } from "../../spec/runtime/config.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { NATIVE_ARCHITECTURE } from "../tables/seccomp.ts";
import { DEFAULT_SECCOMP_GROUPS, type DefaultSeccompGroup } from "../tables/seccomp-default.ts";

/** What the profile depends on. */
export interface DefaultSeccompContext extends Pick<HostFacts, "arch" | "kernel"> {
  /** The container's bounding set, as names: `CAP_SYS_ADMIN`. */
  readonly capabilities: readonly string[];
}

const EPERM = 1;

/** The profile that a container gets when nobody asked for another. */
export function defaultSeccomp(context: DefaultSeccompContext): Seccomp {
  const native = NATIVE_ARCHITECTURE[context.arch];
  return {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: EPERM,
    architectures: [native.name, ...native.beside],
    syscalls: DEFAULT_SECCOMP_GROUPS.filter((group) => applies(group, context)).flatMap(groupRules),
  };
}

function applies(group: DefaultSeccompGroup, { capabilities, arch, kernel }: DefaultSeccompContext): boolean {
  if (group.with !== undefined && !capabilities.includes(group.with)) return false;
  if (group.without !== undefined && capabilities.includes(group.without)) return false;
  if (group.arch !== undefined && group.arch !== arch) return false;
  const { since } = group;
  return since === undefined || kernel.major > since.major || (kernel.major === since.major && kernel.minor >= since.minor);
}

/** One rule, or one for each condition that is enough by itself. */
function groupRules(group: DefaultSeccompGroup): SyscallRule[] {
  const names = group.names.split(/\s+/);
  const outcome = group.errno === undefined ? { action: "SCMP_ACT_ALLOW" } : { action: "SCMP_ACT_ERRNO", errnoRet: group.errno };
  if (group.anyOf === undefined) return [{ names, ...outcome }];
  return group.anyOf.map((condition) => ({ names, ...outcome, args: [condition] }));
}
