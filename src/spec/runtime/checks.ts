// The rules between one part of a configuration and another. A refused value is absent from what they see, so each names the fields whose
// absence it would take for a mistake, and is left out when a problem was found in one of those: one mistake is not told twice.
import type { Trail } from "../json/trail.ts";
import type { Linux, NamespaceType, RuntimeConfig } from "./config.ts";
import { sysctlNamespace, sysctlPath } from "./sysctl.ts";

interface Check {
  readonly name: string;
  readonly needs: readonly string[];
  readonly run: (config: RuntimeConfig, trail: Trail) => void;
}

function hasNamespace(config: RuntimeConfig, type: NamespaceType): boolean {
  return config.linux?.namespaces?.some((namespace) => namespace.type === type) ?? false;
}

function namespacePath(config: RuntimeConfig, type: NamespaceType): string | undefined {
  return config.linux?.namespaces?.find((namespace) => namespace.type === type)?.path;
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
        if (isGiven(value) && !hasNamespace(config, type)) trail.refuse(`needs a ${type} namespace of the container's own`, ...field);
      }
    },
  },
  {
    name: "a new user namespace has mappings",
    needs: ["linux.namespaces", "linux.uidMappings", "linux.gidMappings"],
    run: (config, trail) => {
      if (!hasNamespace(config, "user") || namespacePath(config, "user") !== undefined) return;
      for (const field of ["uidMappings", "gidMappings"] as const) {
        if (!isGiven(config.linux?.[field])) trail.refuse("is required for a new user namespace", "linux", field);
      }
    },
  },
  {
    name: "only a new time namespace takes offsets",
    needs: [],
    run: (config, trail) => {
      if (isGiven(config.linux?.timeOffsets) && namespacePath(config, "time") !== undefined) {
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
        if (at >= 0 && !uidMappings && !hasNamespace(config, "user")) {
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
        else if (!hasNamespace(config, type)) trail.refuse(`needs a ${type} namespace of the container's own`, "linux", "sysctl", key);
        else if (sysctlPath(key) === "kernel/hostname") trail.refuse("has a field of its own: hostname", "linux", "sysctl", key);
      }
    },
  },
];

/** Runs every check that can tell; what they find is on the trail, after what the shapes found. */
export function runChecks(config: RuntimeConfig, trail: Trail): void {
  const broken = trail.notes.length === 0 ? [] : trail.problems.map((problem) => problem.field);
  for (const check of CHECKS) {
    if (!broken.some((at) => check.needs.some((field) => touches(at, field)))) check.run(config, trail);
  }
}

/** Whether one field is the other, or lies around it. */
function touches(one: string, other: string): boolean {
  const [outer, inner] = one.length < other.length ? [one, other] : [other, one];
  return inner.startsWith(outer) && (inner.length === outer.length || inner[outer.length] === "." || inner[outer.length] === "[");
}
