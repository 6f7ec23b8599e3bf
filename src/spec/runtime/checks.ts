// The rules between one part of a configuration and another. A refused value is absent from what they see, so each names the fields whose
// absence it would take for a mistake, and is left out when a problem was found in one of those: one mistake is not told twice.
import type { Problem } from "../../base/errors.ts";
import type { Trail } from "../json/trail.ts";
import type { Linux, Namespace, NamespaceType, RuntimeConfig } from "./config.ts";
import { sysctlNamespace, sysctlPath } from "./sysctl.ts";

interface Check {
  readonly name: string;
  readonly needs: readonly string[];
  readonly run: (config: RuntimeConfig, trail: Trail) => void;
}

function namespaceOf(config: RuntimeConfig, type: NamespaceType): Namespace | undefined {
  for (const namespace of config.linux?.namespaces ?? []) if (namespace.type === type) return namespace;
  return undefined;
}

/** A field that is set and has something in it. */
function isGiven(value: unknown): boolean {
  return typeof value === "object" && value !== null ? Object.keys(value).length > 0 : value !== undefined && value !== "";
}

/** Fields that would change the host if the container did not have a namespace of its own for them. */
const NEEDS_NAMESPACE: readonly {
  readonly field: readonly [keyof RuntimeConfig] | readonly ["linux", keyof Linux];
  readonly type: NamespaceType;
}[] = [
  { field: ["hostname"], type: "uts" },
  { field: ["domainname"], type: "uts" },
  { field: ["linux", "uidMappings"], type: "user" },
  { field: ["linux", "gidMappings"], type: "user" },
  { field: ["linux", "timeOffsets"], type: "time" },
  { field: ["linux", "netDevices"], type: "network" },
  { field: ["linux", "maskedPaths"], type: "mount" },
  { field: ["linux", "readonlyPaths"], type: "mount" },
];

const CHECKS: readonly Check[] = [
  {
    name: "what needs a namespace of the container's own has one",
    needs: ["linux.namespaces"],
    run: (config, trail) => {
      for (const { field, type } of NEEDS_NAMESPACE) {
        const value = field.length === 2 ? config.linux?.[field[1]] : config[field[0]];
        if (isGiven(value) && namespaceOf(config, type) === undefined)
          trail.refuse(`needs a ${type} namespace of the container's own`, ...field);
      }
    },
  },
  {
    name: "a new user namespace has mappings",
    needs: ["linux.namespaces", "linux.uidMappings", "linux.gidMappings"],
    run: (config, trail) => {
      const namespace = namespaceOf(config, "user");
      if (namespace === undefined || namespace.path !== undefined) return;
      for (const field of ["uidMappings", "gidMappings"] as const) {
        if (!isGiven(config.linux?.[field])) trail.refuse("is required for a new user namespace", "linux", field);
      }
    },
  },
  {
    name: "only a new time namespace takes offsets",
    needs: [],
    run: (config, trail) => {
      if (isGiven(config.linux?.timeOffsets) && namespaceOf(config, "time")?.path !== undefined) {
        trail.refuse("cannot be set for a time namespace that is joined by path", "linux", "timeOffsets");
      }
    },
  },
  {
    name: "a mount is mapped by its own mappings or by the container's",
    needs: ["mounts", "linux.namespaces"],
    run: (config, trail) => {
      for (const [index, { options = [], uidMappings }] of (config.mounts ?? []).entries()) {
        const at = options.findIndex((option) => option === "idmap" || option === "ridmap");
        if (at >= 0 && !uidMappings && namespaceOf(config, "user") === undefined) {
          trail.refuse("needs uidMappings and gidMappings, or a user namespace", "mounts", index, "options", at);
        }
      }
    },
  },
  {
    name: "sysctl keys belong to a namespace of the container",
    needs: ["linux.namespaces"],
    run: (config, trail) => {
      for (const key of Object.keys(config.linux?.sysctl ?? {})) {
        const type = sysctlNamespace(key);
        if (type === undefined) trail.refuse("is the host's: it belongs to no namespace", "linux", "sysctl", key);
        else if (namespaceOf(config, type) === undefined)
          trail.refuse(`needs a ${type} namespace of the container's own`, "linux", "sysctl", key);
        else if (sysctlPath(key) === "kernel/hostname") trail.refuse("has a field of its own: hostname", "linux", "sysctl", key);
      }
    },
  },
];

/** Runs every check that can tell; what they find is on the trail, after what the shapes found. */
export function runChecks(config: RuntimeConfig, trail: Trail): void {
  const broken = trail.problems;
  for (const check of CHECKS) if (broken.length === 0 || !isTouched(check, broken)) check.run(config, trail);
}

function isTouched(check: Check, broken: readonly Problem[]): boolean {
  return broken.some((problem) => check.needs.some((field) => touches(problem.field, field)));
}

/** Whether one field is the other, or lies around it. */
function touches(one: string, other: string): boolean {
  const [outer, inner] = one.length < other.length ? [one, other] : [other, one];
  return inner.startsWith(outer) && (inner.length === outer.length || inner[outer.length] === "." || inner[outer.length] === "[");
}
