// Facts of the container's user namespace that several sections ask for.
import type { Linux } from "../../spec/runtime/config.ts";
import { hasNamespace } from "../namespaces/namespace-plan.ts";
import { type Op, op } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";

/**
 * Makes the process root of its user namespace: files that the set-up makes then belong to the container's root.
 * A namespace that maps no 0 (EINVAL) is set up as whoever we are there.
 */
export function becomeRootOps(): Op[] {
  const policy = { from: "linux.uidMappings", tolerate: ["EINVAL"] } as const;
  return [op("setgid", { gid: 0 }, { ...policy, from: "linux.gidMappings" }), op("setuid", { uid: 0 }, policy)];
}

/** True when a process of the container is in a user namespace that is not the caller's. */
export function inUserNamespace(linux: Linux | undefined): boolean {
  return hasNamespace(linux, "user");
}

/** True where the map was written without privilege: the kernel then wanted setgroups(2) denied first (user_namespaces(7)). */
export function setgroupsDenied(linux: Linux | undefined, facts: HostFacts): boolean {
  const [only, ...more] = linux?.gidMappings ?? [];
  return facts.rootless && inUserNamespace(linux) && more.length === 0 && (only === undefined || only.size === 1);
}
