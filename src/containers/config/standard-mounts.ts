// The mounts that every container has, as what it shares with its host and what its init needs make them. Pure.
import { posix } from "node:path";
import type { Mount } from "../../spec/runtime/config.ts";
import type { ContainerHost, ContainerOptions } from "./container-options.ts";

/** What decides them. */
export interface MountOptions
  extends Pick<ContainerOptions, "pid" | "ipc" | "shmSize" | "network" | "privileged" | "systemd" | "readonlyTmpfs"> {
  /** Those that were asked for. */
  readonly mounts: readonly { readonly destination: string }[];
}

export type MountHost = Pick<ContainerHost, "idMaps" | "hasMqueue" | "systemdCgroup">;

type Change = (mount: Mount, options: MountOptions, host: MountHost) => Mount | undefined;

/** By destination. Absent: as it is. */
const CHANGES: Readonly<Record<string, Change>> = {
  "/proc": procMount,
  "/dev/shm": shmMount,
  "/dev/mqueue": mqueueMount,
  "/sys": sysMount,
  "/sys/fs/cgroup": cgroupMount,
};

/** The defaults as this container has them, and what a read-only root or systemd needs beside them. */
export function standardMounts(defaults: readonly Mount[], options: MountOptions, host: MountHost): Mount[] {
  const changed = defaults.flatMap((mount) => {
    const change = CHANGES[mount.destination];
    return (change === undefined ? mount : change(mount, options, host)) ?? [];
  });
  return [...changed, ...systemdHierarchy(options, host), ...writablePlaces(options)];
}

/** A procfs shows a pid namespace: without one of its own a user namespace may only see the host's, bound. */
function procMount(mount: Mount, { pid }: MountOptions, { idMaps }: MountHost): Mount {
  return pid === "host" && idMaps !== undefined ? { ...bound("/proc"), options: ["rbind", "nosuid", "noexec", "nodev"] } : mount;
}

function shmMount(mount: Mount, { ipc, shmSize }: MountOptions): Mount | undefined {
  if (ipc === "none") return undefined;
  if (ipc === "host") return bound(mount.destination);
  if (shmSize === undefined) return mount;
  return { ...mount, options: (mount.options ?? []).map((option) => (option.startsWith("size=") ? `size=${shmSize}` : option)) };
}

/** It shows an ipc namespace: without one of its own a user namespace may only see the host's, bound, where the host has it. */
function mqueueMount(mount: Mount, { ipc }: MountOptions, { idMaps, hasMqueue }: MountHost): Mount | undefined {
  if (ipc !== "host" || idMaps === undefined) return mount;
  return hasMqueue ? bound(mount.destination) : undefined;
}

/** sysfs shows a network namespace: without one of its own a user namespace may only see the host's, bound. */
function sysMount(mount: Mount, { network, privileged }: MountOptions, { idMaps }: MountHost): Mount {
  const own = network !== "host" || idMaps === undefined;
  const made = own ? mount : { ...bound("/sys"), options: ["rbind", "nosuid", "noexec", "nodev", "ro"] };
  return privileged ? writable(made) : made;
}

/** systemd makes cgroups below its own: on v2 where it is, on v1 in a hierarchy that limits nothing. */
function cgroupMount(mount: Mount, { privileged, systemd }: MountOptions, { systemdCgroup }: MountHost): Mount {
  return privileged || (systemd && systemdCgroup === undefined) ? writable(mount) : mount;
}

function systemdHierarchy({ privileged, systemd }: MountOptions, { systemdCgroup }: MountHost): Mount[] {
  if (privileged || !systemd || systemdCgroup === undefined) return [];
  return [{ ...bound("/sys/fs/cgroup/systemd"), source: systemdCgroup }];
}

function bound(path: string): Mount {
  return { destination: path, type: "none", source: path, options: ["rbind", "nosuid", "noexec", "nodev"] };
}

/** `rw` is said by name: a container in the root of a hierarchy gets it read-only otherwise. */
function writable(mount: Mount): Mount {
  return { ...mount, options: [...(mount.options ?? []).filter((option) => option !== "ro"), "rw"] };
}

/** systemd.io/CONTAINER_INTERFACE, "Execution Environment"; podman's list. */
const SYSTEMD_PLACES = ["/run", "/run/lock", "/tmp", "/var/log/journal"] as const;
/** podman's --read-only-tmpfs. */
const READONLY_PLACES = ["/run", "/tmp", "/var/tmp"] as const;
const EVERYBODYS: readonly string[] = ["/tmp", "/var/tmp"];

/** Where somebody asked for something else, that is it. */
function writablePlaces({ systemd, readonlyTmpfs, mounts }: MountOptions): Mount[] {
  const taken = new Set(mounts.map(({ destination }) => posix.resolve("/", destination)));
  const places = new Set<string>([...(systemd ? SYSTEMD_PLACES : []), ...(readonlyTmpfs ? READONLY_PLACES : [])]);
  return [...places]
    .filter((destination) => !taken.has(destination))
    .map((destination) => ({
      destination,
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "nodev", EVERYBODYS.includes(destination) ? "mode=1777" : "mode=755", "tmpcopyup"],
    }));
}
