// A container's launch plan: the sections of `create` and `run` in order (design.md §3; runtime-spec runtime.md "Lifecycle").
//
//   host                                  join (namespaces by path, time offsets)             child
//   cgroup, sockets, /proc
//   clone ------------------------------> setns, unshare
//   maps, cgroup.procs  <-(unshared)-----
//        --(mapped)---------------------> clone with CLONE_PARENT ------------------------->  namespaces, mounts, devices
//   hooks, limits  <--------------------------------------------------------(mounted)-------
//        --(hooked)------------------------------------------------------------------------>  hooks, masks, pivot_root
//   report         <--------------------------------------------------------(ready)---------
//   leave, or monitor                                                                         wait for start, privileges away, execve
//
// Without a `join` process the child is cloned by the host section, and waits for `mapped` itself.
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import { cgroupOwner } from "../cgroup/owner.ts";
import { planCgroup } from "../cgroup/plan.ts";
import { planRdt } from "../intel-rdt/rdt-plan.ts";
import { checkMountLabel } from "../lsm/label-ops.ts";
import { idmapHelperOps } from "../mounts/idmap.ts";
import { mountOps } from "../mounts/mounts.ts";
import { planNamespaces } from "../namespaces/namespace-plan.ts";
import { Registers, type Section } from "../plan/plan.ts";
import { hasMountNamespace, inheritedNamespaceProblems, inheritedNamespaceWarnings } from "../rootfs/inherited.ts";
import { childSection } from "./child-section.ts";
import { type CreateContext, takeSlots } from "./context.ts";
import { hostSection } from "./host-section.ts";
import { joinSection } from "./join-section.ts";
import { IDMAP_SECTION, mountContext } from "./mount-context.ts";
import { isWiredFromWithin, networksSection } from "./networks-section.ts";
import type { Compiled, CreateRequest } from "./request.ts";

/**
 * Compiles a configuration into the plan that makes the container. Pure: the same request gives the same plan.
 * @throws InvalidInputError or TeuError `unsupported` for what this host cannot do, before anything has been touched.
 */
export function compileCreate(request: CreateRequest): Compiled {
  const { config, facts, id } = request;
  const problems = inheritedNamespaceProblems(config);
  if (problems.length > 0) throw new InvalidInputError("the configuration", problems);
  const namespaces = planNamespaces(config.linux);
  if (request.within !== undefined && !namespaces.newUser) {
    throw new TeuError("internal", "a container without a user namespace of its own cannot be within one that is held");
  }
  checkMountLabel(config.linux?.mountLabel, facts);
  const registers = new Registers();
  const slots = takeSlots(registers);
  const { cgroupsPath: path, resources } = config.linux ?? {};
  const owner = cgroupOwner(config, { facts, files: request.delegateFiles });
  const wanted = { id, path, resources, facts, annotations: config.annotations, ...(owner === undefined ? {} : { owner }) };
  const cgroup = (request.cgroupPlanner ?? planCgroup)(wanted, registers);
  const surroundings = mountContext(request, { registers, slots, cgroups: cgroup.paths });
  const mounts = mountOps(hasMountNamespace(config) ? (config.mounts ?? []) : [], surroundings);
  const rdt = planRdt({ id, config: config.linux?.intelRdt, resctrl: facts.resctrl, schemataOf: request.schemataOf ?? (() => undefined) });
  const context: CreateContext = { request, registers, slots, namespaces, cgroup, rdt, mounts };

  const idmap: Section[] = mounts.host.some(({ name }) => name === "clone") ? [{ name: "idmap", ops: idmapHelperOps(registers) }] : [];
  const joins = namespaces.needsJoin || request.within !== undefined;
  const wires = isWiredFromWithin(request);
  const joinAt = IDMAP_SECTION + idmap.length;
  const networksAt = joins ? joinAt + 1 : joinAt;
  const childAt = wires ? networksAt + 1 : networksAt;
  const child = childSection(context);
  const before: Section[] = [
    {
      name: "host",
      ops: hostSection(context, { join: joins ? joinAt : undefined, networks: wires ? networksAt : undefined, child: childAt }),
    },
    ...idmap,
    ...(joins ? [{ name: "join" as const, ops: joinSection(context, childAt) }] : []),
    ...(wires ? [{ name: "networks" as const, ops: networksSection(context) }] : []),
  ];
  return {
    plan: { sections: [...before, { name: "child", ops: child.ops }], registers: registers.names },
    cgroups: cgroup.paths,
    ...(cgroup.unit === undefined ? {} : { unit: cgroup.unit }),
    ...(rdt.own === undefined ? {} : { rdtGroup: rdt.own }),
    startsAt: before.reduce((sum, { ops }) => sum + ops.length, child.startsAt),
    warnings: [...inheritedNamespaceWarnings(config), ...mounts.warnings, ...child.warnings],
  };
}
