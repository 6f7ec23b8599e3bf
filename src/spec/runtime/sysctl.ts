// Names of kernel parameters (sysctl(8), config-linux.md "Sysctl"): how they are written, the file that each stands for,
// and the namespace that each belongs to, since most of /proc/sys is the host's.
import type { NamespaceType } from "./config.ts";

/** The IPC namespace's own, besides fs.mqueue.* (ipc_namespaces(7)). */
const IPC_KEYS: ReadonlySet<string> = new Set([
  "kernel.msgmax",
  "kernel.msgmnb",
  "kernel.msgmni",
  "kernel.sem",
  "kernel.shmall",
  "kernel.shmmax",
  "kernel.shmmni",
  "kernel.shm_rmid_forced",
]);

/**
 * The parameter's file below /proc/sys: `net.ipv4.conf.eno2/100.rp_filter` → `net/ipv4/conf/eno2.100/rp_filter`. When the first separator
 * is a slash, the name is a path already (sysctl(8), sysctl.d(5)).
 */
export function sysctlPath(key: string): string {
  const separator = key.match(/[./]/)?.[0];
  return separator === "." ? key.replace(/[./]/g, (mark) => (mark === "." ? "/" : ".")) : key;
}

/** Why a key cannot be a parameter's name, or undefined; a name must not lead out of /proc/sys. */
export function sysctlFault(key: string): string | undefined {
  const parts = sysctlPath(key).split("/");
  return parts.length < 2 || parts.some((part) => part === "" || part === "." || part === "..")
    ? "is not the name of a kernel parameter"
    : undefined;
}

/** The namespace that a parameter belongs to, undefined for one that is the whole host's. */
export function sysctlNamespace(key: string): NamespaceType | undefined {
  const path = sysctlPath(key);
  if (IPC_KEYS.has(path.replaceAll("/", ".")) || path.startsWith("fs/mqueue/")) return "ipc";
  if (path.startsWith("net/")) return "network";
  if (path === "kernel/domainname" || path === "kernel/hostname") return "uts";
  if (path.startsWith("user/")) return "user";
  return undefined;
}
