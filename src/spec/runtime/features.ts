// The features document (runtime-spec 1.3, features.md and features-linux.md), and the part of it that follows from the
// specification's own lists. What depends on other tables (mount options, the seccomp compiler) is the caller's to give:
// `features` tells what this program can do, not what the host can.
import {
  CAPABILITY_NAMES,
  HOOK_KINDS,
  MEMORY_POLICY_FLAGS,
  MEMORY_POLICY_MODES,
  NAMESPACE_TYPES,
  SECCOMP_ACTIONS,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from "./names.ts";
import { OCI_VERSION } from "./version.ts";

interface Switch {
  readonly enabled: boolean;
}

export interface Features {
  readonly ociVersionMin: string;
  readonly ociVersionMax: string;
  readonly hooks: readonly string[];
  readonly mountOptions: readonly string[];
  readonly linux: {
    readonly namespaces: readonly string[];
    readonly capabilities: readonly string[];
    readonly cgroup: {
      readonly v1: boolean;
      readonly v2: boolean;
      readonly systemd: boolean;
      readonly systemdUser: boolean;
      readonly rdma: boolean;
    };
    readonly seccomp: Switch & {
      readonly actions: readonly string[];
      readonly operators: readonly string[];
      readonly archs: readonly string[];
      readonly knownFlags: readonly string[];
      readonly supportedFlags: readonly string[];
    };
    readonly apparmor: Switch;
    readonly selinux: Switch;
    readonly memoryPolicy: { readonly modes: readonly string[]; readonly flags: readonly string[] };
    readonly intelRdt: Switch & { readonly schemata: boolean; readonly monitoring: boolean };
    readonly mountExtensions: { readonly idmap: Switch };
    readonly netDevices: Switch;
  };
  readonly annotations: Readonly<Record<string, string>>;
  readonly potentiallyUnsafeConfigAnnotations: readonly string[];
}

/** What other tables know. */
export interface FeatureTables {
  /** Every mount option that is understood. */
  readonly mountOptions: readonly string[];
  /** Architectures (`SCMP_ARCH_*`) that the seccomp compiler knows. */
  readonly seccompArchitectures: readonly string[];
  /** Annotations that change how a container is made, or prefixes of such that end in a dot. */
  readonly unsafeAnnotations: readonly string[];
  /** This program's own, such as its version. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** The document that `features` prints. */
export function featuresDocument(tables: FeatureTables): Features {
  return {
    ociVersionMin: "1.0.0",
    ociVersionMax: OCI_VERSION,
    hooks: HOOK_KINDS,
    mountOptions: tables.mountOptions,
    linux: {
      namespaces: NAMESPACE_TYPES,
      capabilities: CAPABILITY_NAMES,
      cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true },
      seccomp: {
        enabled: true,
        actions: SECCOMP_ACTIONS,
        operators: SECCOMP_OPERATORS,
        archs: tables.seccompArchitectures,
        knownFlags: SECCOMP_FLAGS,
        supportedFlags: SECCOMP_FLAGS,
      },
      apparmor: { enabled: true },
      selinux: { enabled: true },
      memoryPolicy: { modes: MEMORY_POLICY_MODES, flags: MEMORY_POLICY_FLAGS },
      intelRdt: { enabled: true, schemata: true, monitoring: true },
      mountExtensions: { idmap: { enabled: true } },
      netDevices: { enabled: true },
    },
    annotations: tables.annotations,
    potentiallyUnsafeConfigAnnotations: tables.unsafeAnnotations,
  };
}
