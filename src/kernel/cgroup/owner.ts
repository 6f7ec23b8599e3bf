// Whether a container's cgroup is handed to its user (config-linux.md "Cgroup ownership"). Pure.
import type { IdMapping, RuntimeConfig } from "../../spec/runtime/config.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import type { CgroupOwner } from "./request.ts";

/**
 * The owner, or undefined where the cgroup stays the caller's: on v1, whose delegation is not safe; without a cgroup
 * namespace of its own; when it does not mount the cgroup file system read-write; and when its user is the caller anyway.
 * `files` gives the delegatable ones (control/delegate.ts, readDelegateFiles), and is asked only where they are needed.
 */
export function cgroupOwner(
  config: RuntimeConfig,
  { facts, files }: { readonly facts: HostFacts; readonly files: () => readonly string[] },
): CgroupOwner | undefined {
  const { linux, mounts, process } = config;
  if (facts.cgroup.mode !== "v2") return undefined;
  if (!linux?.namespaces?.some(({ type, path }) => type === "cgroup" && !path)) return undefined;
  const writable = mounts?.some(
    ({ source, destination, options }) => source === "cgroup" && destination === "/sys/fs/cgroup" && !options?.includes("ro"),
  );
  if (!writable) return undefined;
  const uid = hostId(linux.uidMappings, process?.user?.uid ?? 0);
  return uid === undefined || uid === facts.uid ? undefined : { uid, files: files() };
}

/** The host's id of an id of the container: itself without mappings, undefined where none covers it. */
function hostId(mappings: readonly IdMapping[] | undefined, id: number): number | undefined {
  if (mappings === undefined || mappings.length === 0) return id;
  const found = mappings.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return found === undefined ? undefined : found.hostID + id - found.containerID;
}
