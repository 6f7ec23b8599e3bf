// What of a container's isolation was asked for otherwise than every container has it: data of its document, so that a later start asks for
// the same again. What it means on a host is found out at each start (ContainerHost). Absent fields are docker's defaults.
import type { DeviceRule } from "../../spec/runtime/config.ts";
import { isMadeByCni, type NetworkMode } from "../document/network.ts";

export interface IsolationOptions {
  /** Every capability and device, nothing masked, /sys and cgroups writable, no system call filter. */
  readonly privileged?: true;
  readonly domainname?: string;
  /** Octal, as a number. */
  readonly umask?: number;
  readonly pid?: "host" | ContainerNamespace;
  readonly ipc?: "host" | "none" | "shareable" | ContainerNamespace;
  readonly uts?: "host";
  readonly cgroupns?: "host";
  readonly userns?: UserNamespaceMode;
  readonly noNewPrivileges?: boolean;
  /** The name of a loaded profile. */
  readonly apparmor?: string;
  /** An SELinux context, its parts by name. */
  readonly selinux?: SelinuxLabel;
  /** Further paths that are hidden. */
  readonly mask?: readonly string[];
  /** Paths that are neither hidden nor read-only; `ALL` is every one. */
  readonly unmask?: readonly string[];
  readonly devices?: readonly DeviceRequest[];
  readonly deviceRules?: readonly DeviceRule[];
  /** Names of devices that CDI specifications describe: `nvidia.com/gpu=all`. */
  readonly cdiDevices?: readonly string[];
  readonly sysctl?: Readonly<Record<string, string>>;
  /** Bytes of /dev/shm. */
  readonly shmSize?: number;
  /** With a read-only root: /run, /tmp and /var/tmp are writable. */
  readonly readonlyTmpfs?: true;
  readonly oomScoreAdj?: number;
  /** The cgroup that the container's own lies in. */
  readonly cgroupParent?: string;
  /** Limits of block devices, whose numbers are looked up at each start. */
  readonly blockDevices?: readonly BlockDeviceLimit[];
  /** Its init is systemd, and gets what it needs: systemd.io/CONTAINER_INTERFACE. */
  readonly systemd?: true;
}

/** Another container's, by its full id. */
export interface ContainerNamespace {
  readonly container: string;
}

export type UserNamespaceMode =
  /** The caller's: for root none of the container's own. */
  | { readonly kind: "host" }
  /** The caller has in the container the ids that it has outside, or these. */
  | { readonly kind: "keep-id"; readonly uid?: number; readonly gid?: number }
  /** Ids that no other container has: so many. */
  | { readonly kind: "auto"; readonly size?: number }
  /** The subordinate ids of this user, shared by all that name it. */
  | { readonly kind: "remap"; readonly user: string };

export interface SelinuxLabel {
  readonly user?: string;
  readonly role?: string;
  readonly type?: string;
  readonly level?: string;
}

/** A node of the host's, or a directory with nodes. */
export interface DeviceRequest {
  readonly source: string;
  readonly destination: string;
  /** Of r, w and m. */
  readonly access: string;
}

export interface BlockDeviceLimit {
  /** The node on the host. */
  readonly path: string;
  readonly kind: (typeof BLOCK_DEVICE_LIMITS)[number];
  readonly value: number;
}

/** Fields of `linux.resources.blockIO`. */
const BLOCK_DEVICE_LIMITS = [
  "weightDevice",
  "throttleReadBpsDevice",
  "throttleWriteBpsDevice",
  "throttleReadIOPSDevice",
  "throttleWriteIOPSDevice",
] as const;

/** Whether what a container asks for means something else at each start: another's process, numbers of devices, specifications of vendors. */
export function isFoundAtStart(options: IsolationOptions, network: NetworkMode): boolean {
  const { pid, ipc, userns, privileged, devices, blockDevices, cdiDevices } = options;
  return (
    typeof pid === "object" ||
    typeof ipc === "object" ||
    network.kind === "container" ||
    network.kind === "namespace" ||
    isMadeByCni(network) ||
    (userns !== undefined && userns.kind !== "host") ||
    privileged === true ||
    [devices, blockDevices, cdiDevices].some((list) => list !== undefined)
  );
}
