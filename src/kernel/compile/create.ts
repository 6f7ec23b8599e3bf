// A container's launch plan: the sections of `create` and `run` in order (design.md §3; runtime-spec runtime.md "Lifecycle").
//
//   host                                  join (only with namespaces by path, or time offsets)      child
//   cgroup, sockets, /proc
//   clone ------------------------------> setns, unshare; (unshared)
//   maps, cgroup.procs  <-(unshared)-
//        -(mapped)---------------------> clone with CLONE_PARENT ------------------------------> namespaces, mounts, devices
//   hooks, limits  <-------------------------------------------------------------(mounted)-----
//        -(hooked)------------------------------------------------------------------------->  hooks, masks, pivot_root
//   report         <-------------------------------------------------------------(ready)-------
//   leave, or monitor                                                                          wait for start, privileges away, execve
import { planCgroup } from "../cgroup/plan.ts";
import { namespaceSubject, planNamespaces } from "../namespaces/namespace-plan.ts";
import { type Op, type Plan, Registers, type Section } from "../plan/plan.ts";
import { childSection } from "./child-section.ts";
import { hostSection } from "./host-section.ts";
import { joinSection } from "./join-section.ts";
import { planMounts } from "./mount-plan.ts";
import type { Compiled, CreateRequest } from "./request.ts";
import type { CreateContext } from "./context.ts";

/**
 * Compiles a configuration into the plan that makes the container. Pure: the same request gives the same plan.
 * @throws InvalidInputError or TeuError `unsupported` for what this host cannot do, before anything has been touched.
 */
export function compileCreate(request: CreateRequest): Compiled {
  return undefined as never;
}
