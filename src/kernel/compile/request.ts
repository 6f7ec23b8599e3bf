// What `compile` is given and what it gives: plain data on both sides.
import type { IdMapping, Mount, Process, RuntimeConfig, Seccomp } from "../../spec/runtime/config.ts";

import type { CgroupPlan } from "../cgroup/plan.ts";
import type { CgroupRequest } from "../cgroup/request.ts";

import type { HostNode } from "../devices/nodes.ts";

import type { HolderFds } from "../namespaces/holder-ops.ts";
import type { LinkFacts } from "../netlink/interfaces/link-facts.ts";
import type { Wiring } from "../netlink/wiring/wiring.ts";
import type { Plan, Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import type { SeccompProgram } from "../seccomp/compile.ts";

/** Plans a container's cgroup, as planCgroup does; the annotations are the configuration's. */
export type CgroupPlanner = (
  request: CgroupRequest & { readonly annotations: RuntimeConfig["annotations"] },
  registers: Registers,
) => CgroupPlan;

/** Who holds the container once it is set up. */
export type Keeper =
  /** Nobody: the process waits for `start`, and is handed to whoever called us (runc's create). */
  | "create"
  /** Nobody, and the process runs at once (runc's run --detach). */
  | "detach"
  /** The launcher, as monitor, until the process ends (run, exec in the foreground). */
  | "monitor";

/** Where the other side of the container's terminal goes. */
export type Console =
  /** To the Unix socket of `--console-socket`. */
  | { readonly kind: "socket"; readonly path: string }
  /** To the monitor, which serves attach clients. */
  | { readonly kind: "monitor" };

export interface MonitorRequest {
  /** Descriptor number (from 5) that is already an attach client. */
  readonly clientFd?: number;
  /** False when the exit status is nobody's but the caller's (exec): no `exit` file is written. */
  readonly writesExit?: boolean;
  /** Executed when the container has ended: the program and its arguments. */
  readonly onExit: readonly string[];
  /** `onExit` is left out where the process that started the launcher still lives: it does that work itself. */
  readonly attended?: boolean;
  /** What the monitor carries of the program's streams; without it they are the launcher's own, or the terminal's. */
  readonly streams?: MonitorStreams;
}

/** Output goes through the monitor: to the log, to attach clients, and to the launcher's own descriptors. */
export interface MonitorStreams {
  /** `held`: a pipe that attach clients write to, open while any may come; `given`: descriptor 0 of the launcher; `none`: a null device. A terminal is all three. */
  readonly stdin: "held" | "given" | "none";
  /** Which of the launcher's descriptors 1 and 2 get the output too, until they are closed. */
  readonly tee: readonly ("stdout" | "stderr")[];
  readonly log?: MonitorLog;
}

export interface MonitorLog {
  readonly driver: "json-file" | "local" | "journald";
  /** Absolute path of the file that is written to; rotated ones are `<path>.1`, `<path>.2` … Of journald: of its socket (JOURNAL_SOCKET). */
  readonly path: string;
  /** Bytes after which it is rotated; 0 is never. */
  readonly maxSize: number;
  readonly maxFiles: number;
  /** Executed after a rotation, which does not wait for it: packs what was rotated. */
  readonly onRotate: readonly string[];
  /** Fields of every entry for journald, `NAME=value`; of json-file, at most one, the object of `attrs` as JSON. 8 KiB in all. */
  readonly fields: readonly string[];
}

/** What any plan that ends in a container's process needs. */
export interface ProcessRequest {
  readonly facts: HostFacts;
  readonly id: string;
  /** The container's state directory. */
  readonly stateDir: string;
  readonly keeper: Keeper;
  readonly monitor?: MonitorRequest;
  readonly console?: Console;
  readonly pidFile?: string;
  /** A process of the launcher's comes before the program: it reaps what others leave, and hands on signals. */
  readonly init?: boolean;
  /** Descriptors 3, 4, … of the caller that the process keeps; they reach the launcher as `firstPreserved`, …. */
  readonly preserveFds: number;
  readonly firstPreserved: number;
  readonly seccomp?: { readonly profile: Seccomp; readonly program: SeccompProgram };
  /** The engine asks for what the host can grant and warns of the rest; the OCI runtime refuses. */
  readonly clamp: boolean;
  readonly noNewKeyring: boolean;
}

export interface CreateRequest extends ProcessRequest {
  readonly config: RuntimeConfig;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** Absolute path of the root file system. */
  readonly rootfs: string;
  /** An overlay that is to be the root in place of what lies at `rootfs`, which is only where it is attached. */
  readonly rootMount?: Mount;
  readonly noPivot: boolean;
  /** Another way to a cgroup than to make it: the systemd driver, which is loaded only where it is asked for. */
  readonly cgroupPlanner?: CgroupPlanner;
  /** The files of a v2 cgroup that may be its user's; asked where the container's user is to own it. */
  readonly delegateFiles: () => readonly string[];
  /** Whether a mount source is a directory: looked up by the caller, so that compile stays pure. */
  readonly sourceKind: (path: string) => "directory" | "file" | "missing";
  /** Permission bits of a directory of the root file system, which a tmpfs without `mode` takes over. */
  readonly targetMode?: (destination: string) => number | undefined;
  /** The mount point that the root file system lies on. */
  readonly parentMount: string;
  /** The host's mounts that show a whole procfs or sysfs, innermost first: what --no-pivot takes away. */
  readonly procMounts?: readonly string[];
  /** Where the host has a device that cannot be made. */
  readonly hostNode?: HostNode;
  /** The root file system's /dev is the host's own, as where the host's root is the container's, and no mount covers it. */
  readonly devIsHosts?: boolean;
  /** The host's interfaces, where the configuration moves some in. */
  readonly links?: readonly LinkFacts[];
  /** How it is connected to networks; the launcher's descriptor `fd` is that as a file (encodeWiring), which alone says what differs between containers. */
  readonly wiring?: { readonly wiring: Wiring; readonly fd: number };
  /** Its user namespace is to lie in that of the user's networks, which is open as the launcher's descriptors, and mapped to the host so. */
  readonly within?: { readonly fds: HolderFds; readonly uidMappings: readonly IdMapping[]; readonly gidMappings: readonly IdMapping[] };
  /** The schemata of a class of resctrl that exists, by its directory, where the configuration asks for one. */
  readonly schemataOf?: (directory: string) => string | undefined;
}

/** One more process in a running container. */
export interface ExecRequest extends ProcessRequest {
  /** The container's configuration, as it was created with. */
  readonly config: RuntimeConfig;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  readonly process: Process;
  /** The pid of the container's first process, as the caller sees it. */
  readonly initPid: number;
  /** Descriptor number of that process's directory in /proc: it means this process even when the pid means another by now. */
  readonly initFd: number;
  /** Descriptor number of a directory of this process's own, where its pid and, by a monitor, its end are written. */
  readonly ownFd?: number;
  /** The cgroup directories that the process goes to, by controller. */
  readonly cgroups: Readonly<Record<string, string>>;
}

/** A plan that leaves nothing to record. */
export interface CompiledExec {
  readonly plan: Plan;
  readonly warnings: readonly string[];
}

export interface Compiled {
  readonly plan: Plan;
  /** The container's cgroup directories, by controller. */
  readonly cgroups: Readonly<Record<string, string>>;
  /** The systemd unit that holds them, with that driver. */
  readonly unit?: string;
  /** The group of resctrl that is the container's own. */
  readonly rdtGroup?: string;
  /** Index, over all sections, of the first op that runs after `start`. */
  readonly startsAt: number;
  readonly warnings: readonly string[];
}

/** The barriers of the hand-shake between the launcher and the processes it makes; each number once. */
export const BARRIER = {
  /** join → host: my new user namespace is made, map it. */
  unshared: 1,
  /** host → join or child: you are in your cgroup, your ids are mapped. */
  mapped: 2,
  /** child → host: the runtime environment is made (hooks prestart and createRuntime may run). */
  mounted: 3,
  /** host → child: hooks have run, limits are set. */
  hooked: 4,
  /** child → host: I wait for start. */
  ready: 5,
  /** host → child of a join process: your pid is known and written down; what you say before that would be heard in its place. */
  recorded: 6,
  /** The channel's end: execve worked. */
  executed: 255,
} as const;
