// The rules between one part of a configuration and another. Each names the fields that it reads and is left out when a problem was already
// found in one of them, so that one mistake is not told twice and no rule sees a value that its type does not allow.
import type { Trail } from "../json/trail.ts";
import type { NamespaceType, RuntimeConfig } from "./config.ts";
import { sysctlNamespace, sysctlPath } from "./sysctl.ts";

interface Check {
  readonly name: string;
  readonly reads: readonly string[];
  readonly run: (config: RuntimeConfig, trail: Trail) => void;
}

function hasNamespace(config: RuntimeConfig, type: NamespaceType): boolean {
  return config.linux?.namespaces?.some((namespace) => namespace.type === type) ?? false;
}

function namespacePath(config: RuntimeConfig, type: NamespaceType): string | undefined {
  return config.linux?.namespaces?.find((namespace) => namespace.type === type)?.path;
}

/** A field that is set and has something in it. */
function isGiven(value: string | object | undefined): boolean {
  return typeof value === "object" ? Object.keys(value).length > 0 : value !== undefined && value !== "";
}

/** Fields that would change the host if the container did not have a namespace of its own for them. */
// biome-ignore format: table
const NEEDS_NAMESPACE: readonly { readonly field: readonly [string] | readonly ["linux", string]; readonly type: NamespaceType; readonly get: (config: RuntimeConfig) => string | object | undefined }[] = [
  { field: ["hostname"], type: "uts", get: (config) => config.hostname },
  { field: ["domainname"], type: "uts", get: (config) => config.domainname },
  { field: ["linux", "uidMappings"], type: "user", get: (config) => config.linux?.uidMappings },
  { field: ["linux", "gidMappings"], type: "user", get: (config) => config.linux?.gidMappings },
  { field: ["linux", "timeOffsets"], type: "time", get: (config) => config.linux?.timeOffsets },
  { field: ["linux", "netDevices"], type: "network", get: (config) => config.linux?.netDevices },
  { field: ["linux", "maskedPaths"], type: "mount", get: (config) => config.linux?.maskedPaths },
  { field: ["linux", "readonlyPaths"], type: "mount", get: (config) => config.linux?.readonlyPaths },
];

const namespaceChecks: readonly Check[] = NEEDS_NAMESPACE.map(({ field, type, get }) => ({
  name: `${field.join(".")} needs a namespace`,
  reads: [field.join("."), "linux.namespaces"],
  run: (config, trail) => {
    if (isGiven(get(config)) && !hasNamespace(config, type)) trail.refuse(`needs a ${type} namespace of the container's own`, ...field);
  },
}));

const CHECKS: readonly Check[] = [
  ...namespaceChecks,
  {
    name: "a new user namespace has mappings",
    reads: ["linux.namespaces", "linux.uidMappings", "linux.gidMappings"],
    run: (config, trail) => {
      if (!hasNamespace(config, "user") || namespacePath(config, "user") !== undefined) return;
      for (const field of ["uidMappings", "gidMappings"] as const) {
        if (!isGiven(config.linux?.[field])) trail.refuse("is required for a new user namespace", "linux", field);
      }
    },
  },
  {
    name: "only a new time namespace takes offsets",
    reads: ["linux.namespaces", "linux.timeOffsets"],
    run: (config, trail) => {
      if (isGiven(config.linux?.timeOffsets) && namespacePath(config, "time") !== undefined) {
        trail.refuse("cannot be set for a time namespace that is joined by path", "linux", "timeOffsets");
      }
    },
  },
  {
    name: "a mount is mapped by its own mappings or by the container's",
    reads: ["mounts", "linux.namespaces"],
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
    reads: ["linux.sysctl", "linux.namespaces", "hostname"],
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

/** Runs every check whose fields are sound; what they find is on the trail, after what the shapes found. */
export function runChecks(config: RuntimeConfig, trail: Trail): void {
  const broken = trail.problems.map((problem) => problem.field);
  const isBroken = (field: string) => broken.some((at) => at === "document" || contains(field, at) || contains(at, field));
  for (const check of CHECKS) if (!check.reads.some(isBroken)) check.run(config, trail);
}

/** Whether a field is `inner` or lies around it. */
function contains(outer: string, inner: string): boolean {
  return inner.startsWith(outer) && (inner.length === outer.length || inner[outer.length] === "." || inner[outer.length] === "[");
}
