// HostFacts of the machine at hand. This is on the path of every `run`, so each fact is read when it is first asked for, and
// once: root that starts a plain container costs three small files.
import { TeuError } from "../../base/errors.ts";
import { capabilityMask } from "../tables/capabilities.ts";
import type { CgroupFacts, HostFacts } from "./host-facts.ts";
import { type HostSource, thisHost } from "./host-files.ts";
import { readSubordinate } from "./subordinate-ids.ts";

export interface ProbeOptions {
  /** The cgroup probe; called when its facts are first asked for. */
  readonly cgroup: (options: { readonly rootless: boolean }) => CgroupFacts;
  /** The host to look at; by default the one that this runs on. */
  readonly host?: HostSource;
}

/**
 * The facts of a host.
 * @throws TeuError `unsupported` on an architecture that is not known and, when it is asked for, for a kernel release of an unknown form.
 */
export function readHostFacts({ cgroup, host = thisHost() }: ProbeOptions): HostFacts {
  const capabilities = once(() => readCapabilities(host));
  const rootless = once(() => isRootless(host, capabilities().effective));
  const facts = {
    kernel: once(() => parseRelease(host.read("/proc/sys/kernel/osrelease") ?? "")),
    cgroup: once(() => cgroup({ rootless: rootless() })),
    subordinate: once(() => readSubordinate(host)),
    lsm: once(() => ({
      apparmor: host.read("/sys/module/apparmor/parameters/enabled")?.trim() === "Y",
      selinux: host.exists("/sys/fs/selinux/enforce"),
    })),
    resctrl: once(() => mountPointOf(host.read("/proc/self/mountinfo") ?? "", "resctrl")),
    namespaces: once(() => host.list("/proc/self/ns").filter((name) => !name.endsWith("_for_children"))),
  };
  return {
    arch: architecture(host.arch),
    uid: host.uid,
    gid: host.gid,
    get kernel() {
      return facts.kernel();
    },
    get rootless() {
      return rootless();
    },
    get capabilities() {
      return capabilities();
    },
    get cgroup() {
      return facts.cgroup();
    },
    get subordinate() {
      return facts.subordinate();
    },
    get lsm() {
      return facts.lsm();
    },
    get resctrl() {
      return facts.resctrl();
    },
    get namespaces() {
      return facts.namespaces();
    },
  };
}

/** A reader that reads once. */
function once<T>(read: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => {
    known ??= { value: read() };
    return known.value;
  };
}

const ARCHITECTURES: Readonly<Record<string, HostFacts["arch"]>> = { x64: "x86_64", arm64: "aarch64" };

function architecture(name: string): HostFacts["arch"] {
  const arch = ARCHITECTURES[name];
  if (arch === undefined) throw new TeuError("unsupported", `architecture ${name}: only x86-64 and arm64 are supported`);
  return arch;
}

/** uname(2) release: `6.1.0-18-amd64` → 6, 1. */
export function parseRelease(release: string): HostFacts["kernel"] {
  const [major, minor] = release.split(".", 2).map((part) => Number.parseInt(part, 10));
  if (!Number.isInteger(major) || !Number.isInteger(minor))
    throw new TeuError("unsupported", `kernel release ${JSON.stringify(release.trim())}: not of the form 5.10`);
  return { major: Number(major), minor: Number(minor) };
}

/** The bounding and effective sets in /proc/PID/status (proc_pid_status(5)); empty where the text has none. */
export function parseCapabilities(status: string): { readonly bounding: bigint; readonly effective: bigint } {
  return { bounding: hexField(status, "\nCapBnd:\t"), effective: hexField(status, "\nCapEff:\t") };
}

function hexField(text: string, label: string): bigint {
  const at = text.indexOf(label);
  if (at < 0) return 0n;
  const end = text.indexOf("\n", at + 1);
  return BigInt(`0x${text.slice(at + label.length, end < 0 ? undefined : end)}`);
}

function readCapabilities(host: HostSource): HostFacts["capabilities"] {
  const sets = parseCapabilities(host.read("/proc/self/status") ?? "");
  const last = once(() => Number(host.read("/proc/sys/kernel/cap_last_cap") ?? 0));
  return {
    ...sets,
    get last() {
      return last();
    },
  };
}

/** The map of the initial user namespace: every id is itself (user_namespaces(7)). */
export function isInitialUserNamespace(uidMap: string): boolean {
  return uidMap.trim().split(/\s+/).join(" ") === "0 0 4294967295";
}

function isRootless(host: HostSource, effective: bigint): boolean {
  if (host.uid !== 0 || (effective & capabilityMask(["CAP_SYS_ADMIN"])) === 0n) return true;
  return !isInitialUserNamespace(host.read("/proc/self/uid_map") ?? "");
}

/** Where the first file system of a type is mounted, by mountinfo text (proc_pid_mountinfo(5)). */
export function mountPointOf(mountinfo: string, type: string): string | undefined {
  for (const line of mountinfo.split("\n")) {
    if (line.includes(` - ${type} `))
      return line.split(" ", 5)[4]?.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
  }
  return undefined;
}
