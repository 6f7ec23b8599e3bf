// `process.capabilities` as ops (config.md, "Linux Process"; capabilities(7)). They fall into two parts around the change of user:
//   before  capBound, PR_SET_KEEPCAPS   dropping from the bounding set needs CAP_SETPCAP, which the change of user may cost
//   after   capSet, capAmbient          setresuid(2) away from root clears the effective set; ambient wants permitted and inheritable
import type { Problem } from "../../base/errors.ts";
import type { CapabilitySetName, CapabilitySets } from "../../spec/runtime/config.ts";
import { type Op, op } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { allCapabilities, capabilityMask, capabilityNames } from "../tables/capabilities.ts";
import { PR } from "../tables/process-flags.ts";

const FIELD = "process.capabilities";

/** The five sets as masks by capability number. */
export type CapabilityMasks = { readonly [K in CapabilitySetName]: bigint };

export interface CapabilityPlan {
  readonly masks: CapabilityMasks;
  readonly warnings: readonly Problem[];
}

export interface CapabilityContext {
  readonly capabilities: HostFacts["capabilities"];
  /** The process is in a user namespace of the container's: entering one gives every capability in it (user_namespaces(7)). */
  readonly userNamespace: boolean;
}

/**
 * The sets that a process can be given, of those that were asked for. What cannot be granted is left out with a warning:
 * "Runtimes SHOULD NOT fail if the container configuration requests capabilities that cannot be granted". Only of an ambient set that the
 * inheritable one rules out nothing is said: the default configuration that `runc spec` writes asks for one. Absent sets are
 * empty, the inheritable one too (CVE-2022-29162).
 */
export function grantCapabilities(asked: CapabilitySets | undefined, context: CapabilityContext): CapabilityPlan {
  const { last, bounding: bound, effective: held } = context.capabilities;
  const all = allCapabilities(last);
  const warnings: Problem[] = [];
  let told = 0n;
  const wanted = (set: CapabilitySetName) => capabilityMask(asked?.[set] ?? []);
  const grant = (set: CapabilitySetName, possible: bigint, why: string): bigint => {
    // A capability that one set cannot have, the sets limited by it cannot have either: once is enough to say so.
    const refused = wanted(set) & ~possible & ~told;
    told |= refused;
    if (refused !== 0n)
      warnings.push({ field: `${FIELD}.${set}`, message: `${capabilityNames(refused).join(", ")} cannot be granted: ${why}` });
    return wanted(set) & possible;
  };
  // Each set is limited by those before it, by the rules of capset(2) and PR_CAP_AMBIENT_RAISE.
  const bounding = grant("bounding", context.userNamespace ? all : bound & all, "not in the bounding set of the caller");
  const permitted = grant("permitted", context.userNamespace ? all : held & all, "the caller does not have it");
  const effective = grant("effective", permitted, "not in the permitted set");
  const inheritable = grant("inheritable", bounding, "not in the bounding set");
  const ambient = wanted("ambient") & permitted & inheritable;
  return { masks: { bounding, permitted, effective, inheritable, ambient }, warnings };
}

/** The ops for the time before the change of user to `uid`. */
export function capabilityOpsBeforeUser(masks: CapabilityMasks, uid: number): Op[] {
  const ops: Op[] = [op("capBound", { keep: masks.bounding }, `${FIELD}.bounding`)];
  // Root keeps its capabilities by itself.
  if (uid !== 0) ops.push(keepCapabilities(1));
  return ops;
}

/** The ops for the time after the change of user to `uid`. */
export function capabilityOpsAfterUser(masks: CapabilityMasks, uid: number): Op[] {
  const { effective, permitted, inheritable, ambient } = masks;
  const ops: Op[] = [];
  if (uid !== 0) ops.push(keepCapabilities(0));
  ops.push(op("capSet", { effective, permitted, inheritable }, FIELD));
  ops.push(op("capAmbient", { raise: ambient }, `${FIELD}.ambient`));
  return ops;
}

function keepCapabilities(value: 0 | 1): Op {
  return op("prctl", { option: PR.SET_KEEPCAPS, a: value, b: 0, c: 0, d: 0 }, { from: FIELD, subject: `PR_SET_KEEPCAPS ${value}` });
}
