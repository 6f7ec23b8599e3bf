// The cgroup part of a container's plan when systemd makes the cgroup: a transient scope around the waiting process, then
// all that systemd has no property for by the files (docs of systemd: "Control Group APIs and Delegation"). Pure.
import type { Op, Register, Registers } from "../../plan/plan.ts";
import { op } from "../../plan/plan.ts";
import { cgroupLayout } from "../layout.ts";
import { joinOp, PATH_FIELD } from "../ops.ts";
import { type CgroupPlan, cgroupPaths } from "../plan.ts";
import type { CgroupRequest } from "../request.ts";
import { cgroupSettings } from "../settings.ts";
import { planDevices, v1Steps, v2Steps } from "../steps.ts";
import { annotatedProperties } from "./annotations.ts";
import type { BusSocket } from "./dbus/connection.ts";
import { resourceProperties } from "./properties.ts";
import { encodeScopeRequest } from "./request.ts";
import type { UnitProperty } from "./scope.ts";
import { type ScopeName, scopeName } from "./unit.ts";

export interface SystemdRequest extends CgroupRequest {
  /** The command that runs decodeScopeRequest and startScope: `["/usr/bin/teu", "internal", "systemd-scope"]`. */
  readonly helper: readonly string[];
  readonly sockets: readonly BusSocket[];
  /** The configuration's, for `org.systemd.property.*`. */
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** A plan with what only this driver has. */
export type SystemdCgroupPlan = CgroupPlan & Required<Pick<CgroupPlan, "unit">>;

/** A little longer than the helper waits for systemd by itself, in milliseconds. */
const TIMEOUT = 90_000;

/**
 * Plans the cgroup with the systemd driver. Nothing is done before clone: a scope begins with a process. So `into` is not
 * set, and the limits hold before the container's program runs, but after its process was made.
 * @throws as planCgroup, and for names that systemd cannot have
 */
export function planSystemdCgroup(request: SystemdRequest, registers: Registers): SystemdCgroupPlan {
  const name = scopeName(request.path, request);
  const layout = cgroupLayout({ ...request, path: name.path });
  const settings = cgroupSettings(request.resources, layout.available);
  const devices = planDevices(request, layout);
  const properties = scopeProperties(name, request);
  const directory = registers.named("cgroup");

  const after = (pid: Register): Op[] => {
    const ops: Op[] = [startOp({ unit: name.unit, properties, sockets: request.sockets, helper: request.helper }, pid)];
    for (const directories of layout.v1) ops.push(...v1Steps(directories, [...settings.v1, ...devices.v1]), joinOp(directories.own, pid));
    if (layout.v2 === undefined) return ops;
    ops.push(...v2Steps(layout.v2, { request, registers, writes: settings.v2, program: devices.program, directory }));
    // On a hybrid host systemd keeps to its own hierarchy; the process is moved into the other by hand.
    if (layout.v1.length > 0) ops.push(joinOp(layout.v2.own, pid));
    return ops;
  };
  return { before: [], enter: [], after, paths: cgroupPaths(layout), unit: name.unit };
}

interface StartOp {
  readonly unit: string;
  readonly properties: readonly UnitProperty[];
  readonly sockets: readonly BusSocket[];
  readonly helper: readonly string[];
}

function startOp({ helper, ...request }: StartOp, pid: Register): Op {
  const stdin = encodeScopeRequest(request, pid);
  const args = { path: helper[0] ?? "", argv: helper, env: [], stdin, timeout: TIMEOUT, hole: -1, pid: undefined };
  return op("run", args, { from: PATH_FIELD, subject: `systemd scope ${request.unit}` });
}

function scopeProperties(name: ScopeName, request: SystemdRequest): UnitProperty[] {
  const { facts, resources, annotations, id } = request;
  const v2 = facts.cgroup.mode === "v2";
  const flag = (property: string, value: boolean): UnitProperty => ({ name: property, signature: "b", value });
  return [
    { name: "Description", signature: "s", value: `teu container ${id}` },
    { name: "Slice", signature: "s", value: name.slice },
    // Below the scope is ours: systemd leaves the controllers and the cgroups there alone.
    flag("Delegate", true),
    // Not stopped and not ordered with the rest of the system at shutdown before its own time.
    flag("DefaultDependencies", false),
    flag("CPUAccounting", true),
    flag("MemoryAccounting", true),
    flag("TasksAccounting", true),
    flag(v2 ? "IOAccounting" : "BlockIOAccounting", true),
    // A scope whose processes failed is not kept for somebody to look at.
    { name: "CollectMode", signature: "s", value: "inactive-or-failed" },
    ...resourceProperties({ resources, v2, rootless: facts.rootless }),
    ...annotatedProperties(annotations),
  ];
}
