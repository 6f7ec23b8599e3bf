// Reads the mounts of a configuration into entries and says what is wrong with them: runtime-spec 1.3 config.md, "Mounts".
import { posix } from "node:path";
import type { Problem } from "../../base/errors.ts";
import type { Mount } from "../../spec/runtime/config.ts";
import type { MountContext, MountEntry } from "./context.ts";
import { parseMountOptions } from "./options.ts";

/** Files of procfs that may be mounted over: those that lxcfs and criu emulate, the list that runc and its users rely on. */
const PROC_FILES = new Set([
  "/proc/cpuinfo",
  "/proc/diskstats",
  "/proc/loadavg",
  "/proc/meminfo",
  "/proc/slabinfo",
  "/proc/stat",
  "/proc/swaps",
  "/proc/sys/crypto/fips_enabled",
  "/proc/sys/kernel/ns_last_pid",
  "/proc/uptime",
]);

/** A path inside the container, absolute and clean; a relative one starts at `/` (config.md: deprecated, but to be understood so). */
export function containerPath(path: string): string {
  const clean = posix.normalize(`/${path}`);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

/** One mount, read. */
export function readMount(mount: Mount, index: number): MountEntry {
  const options = parseMountOptions(mount.options ?? []);
  const destination = containerPath(mount.destination);
  const bind = options.bind !== undefined || mount.type === "bind";
  const what = bind ? `bind of ${mount.source ?? "?"}` : (mount.type ?? "mount");
  return {
    mount,
    options: bind && options.bind === undefined ? { ...options, bind: { recursive: false } } : options,
    destination,
    from: `mounts[${index}]`,
    subject: `${options.remount ? "remount" : what} on ${destination}`,
  };
}

/** Whether the destination lies in procfs by its name; where links lead is checked on the descriptor. */
export function insideProc(destination: string): boolean {
  return destination === "/proc" || destination.startsWith("/proc/");
}

type Check = (entry: MountEntry, context: MountContext) => string | undefined;

const CHECKS: readonly { readonly field: string; readonly check: Check }[] = [
  {
    field: "destination",
    check: ({ destination }) => (destination === "/" ? "is the root of the container, which `root` sets" : undefined),
  },
  {
    field: "destination",
    check: ({ destination, mount, options }) => {
      if (options.remount) return undefined;
      // A directory or a file of ours in place of procfs's would feed LSM and sysctl writes of the runtime to it (CVE-2019-16884).
      if (destination === "/proc") return options.bind || mount.type === "proc" ? undefined : "can only be a procfs";
      return insideProc(destination) && !PROC_FILES.has(destination) ? "lies inside /proc" : undefined;
    },
  },
  {
    field: "type",
    check: ({ mount, options }) =>
      mount.type || options.bind || options.remount ? undefined : "is missing, and the mount is not a bind mount",
  },
  { field: "source", check: ({ mount, options }) => (options.bind && !options.remount && !mount.source ? "is missing" : undefined) },
  {
    field: "options",
    check: ({ mount, options }) =>
      options.copyUp && mount.type !== "tmpfs" && !options.bind ? "tmpcopyup is for tmpfs and bind mounts only" : undefined,
  },
  { field: "options", check: idmapProblem },
];

function idmapProblem({ mount, options }: MountEntry, context: MountContext): string | undefined {
  const mapped = mount.uidMappings !== undefined || mount.gidMappings !== undefined;
  if (!mapped && options.idmap === undefined) return undefined;
  if (!options.bind) return "idmapped mounts are bind mounts";
  if (mapped && !(mount.uidMappings?.length && mount.gidMappings?.length)) return "uidMappings and gidMappings come together";
  if (context.idmap === undefined) return "idmapped mounts take a privileged caller";
  if (!mapped && context.idMaps === undefined && context.joinedUserNamespace === undefined) {
    return "idmap without mappings takes a user namespace of the container's own";
  }
  return undefined;
}

/** All that is wrong with the mounts, each naming its field. */
export function mountProblems(entries: readonly MountEntry[], context: MountContext): Problem[] {
  return entries.flatMap((entry) =>
    CHECKS.flatMap(({ field, check }) => {
      const message = check(entry, context);
      return message === undefined ? [] : [{ field: `${entry.from}.${field}`, message }];
    }),
  );
}

/** What goes on, but not as it was written: the kernel drops a bind mount's file system options without a word. */
export function mountWarnings(entries: readonly MountEntry[]): string[] {
  return entries.flatMap(({ options: { bind, remount, data }, from }) => {
    if (bind === undefined || remount || data.length === 0) return [];
    return [`${from}.options: a bind mount takes no options of a file system, ignored: ${data.join(",")}`];
  });
}
