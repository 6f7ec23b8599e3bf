// A runtime under test inside a guest: bundles, the runtime's verbs, and the cgroup v2 files that show what they did.
import type { Linux, Process, Resources, RuntimeConfig } from "../../src/spec/runtime/config.ts";
import type { ScriptResult } from "./agent.ts";
import type { ScriptRunner } from "./guest.ts";

export const CGROUP = "/sys/fs/cgroup";
/** Parent of the containers' cgroups below the mount. */
export const PARENT = "/teu-test";

/** What a case says of its container; the rest is a plain busybox container. */
export interface ContainerWish {
  readonly args?: readonly string[];
  readonly process?: Partial<Process>;
  readonly linux?: Linux;
  readonly mounts?: RuntimeConfig["mounts"];
  readonly resources?: Resources;
}

const CAPABILITIES = ["CAP_MKNOD", "CAP_KILL", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_SYS_ADMIN"];

/** The OCI configuration of a container `id` on the busybox root file system. */
export function configFor(id: string, wish: ContainerWish): RuntimeConfig {
  const sets = { bounding: CAPABILITIES, effective: CAPABILITIES, permitted: CAPABILITIES };
  return {
    ociVersion: "1.0.2",
    root: { path: "/bundle/rootfs" },
    process: {
      cwd: "/",
      user: { uid: 0, gid: 0 },
      env: ["PATH=/bin"],
      args: wish.args ?? ["sleep", "1000"],
      capabilities: sets,
      ...wish.process,
    },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
      ...(wish.mounts ?? []),
    ],
    linux: {
      namespaces: [{ type: "mount" }, { type: "pid" }, { type: "ipc" }, { type: "uts" }],
      cgroupsPath: `${PARENT}/${id}`,
      ...(wish.resources === undefined ? {} : { resources: wish.resources }),
      ...wish.linux,
    },
  };
}

/** Script lines that write a container's bundle as `/tmp/<id>`. */
export const writeBundle = (id: string, config: RuntimeConfig): string =>
  `mkdir -p /tmp/${id} && cat >/tmp/${id}/config.json <<'END_OF_CONFIG'\n${JSON.stringify(config)}\nEND_OF_CONFIG\n`;

/** Runs a script that must work. @throws Error with its output. */
export async function must(guest: ScriptRunner, script: string): Promise<string> {
  const { exitCode, output } = await guest.run(script);
  if (exitCode !== 0) throw new Error(`run in guest ${JSON.stringify(script.slice(-200))}: exit status ${exitCode}: ${output}`);
  return output.trimEnd();
}

export interface Container extends AsyncDisposable {
  readonly id: string;
  /** `<runtime> <verb> …` with this container's id for `ID`; must work. */
  call(command: string): Promise<string>;
  /** The same, whatever comes of it. */
  attempt(command: string): Promise<ScriptResult>;
  /** A file of its cgroup. */
  cgroup(file: string): Promise<string>;
  /** Whether its cgroup is there. */
  hasCgroup(): Promise<boolean>;
}

/** The cgroup of a configuration below the mount: a path, or systemd's `slice:prefix:name`, which is a scope. */
function cgroupOf(config: RuntimeConfig): string {
  const path = config.linux?.cgroupsPath ?? "";
  const [slice, prefix, name] = path.split(":");
  return name === undefined ? path : `/${slice}/${prefix}-${name}.scope`;
}

let containers = 0;

/** A bundle in the guest, nothing started; its end deletes the container by force. */
export async function bundle(guest: ScriptRunner, runtime: string, wish: ContainerWish = {}): Promise<Container> {
  const id = `c${++containers}`;
  const config = configFor(id, wish);
  const directory = `${CGROUP}${cgroupOf(config)}`;
  await must(guest, writeBundle(id, config));
  const attempt = (command: string) => guest.run(`${runtime} ${command.replaceAll("ID", id)}`);
  return {
    id,
    attempt,
    call: (command) => must(guest, `${runtime} ${command.replaceAll("ID", id)}`),
    cgroup: (file) => must(guest, `cat ${directory}/${file}`),
    hasCgroup: async () => (await guest.run(`test -d ${directory}`)).exitCode === 0,
    async [Symbol.asyncDispose]() {
      await attempt("delete --force ID");
    },
  };
}

/** A container that runs. Its stdio goes to `/tmp/<id>/log`. */
export async function running(guest: ScriptRunner, runtime: string, wish: ContainerWish = {}): Promise<Container> {
  const container = await bundle(guest, runtime, wish);
  await container.call("run --detach --bundle /tmp/ID ID >/tmp/ID/log 2>&1 || { cat /tmp/ID/log; false; }");
  return container;
}
