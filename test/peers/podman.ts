// podman with a runtime of our choice: no daemon, but a configuration, storage and locks of its own (containers.conf(5)).
import { writeFileSync } from "node:fs";
import type { TestRoots } from "../support/roots.ts";
import { run, runOk } from "../support/run.ts";
import { IMAGE, imageArchive } from "./image.ts";
import type { Peer, PeerState } from "./peer.ts";

// default_ulimits: podman raises nofile and nproc to the kernel's maximum, which a root without CAP_SYS_RESOURCE may not.
// lock_type: the default is one shared memory segment for all of root's podmans.
const configuration = (roots: TestRoots) => `[containers]
default_ulimits = ["nofile=1024:20000", "nproc=1024:2048"]
log_driver = "k8s-file"
cgroupns = "host"
[engine]
lock_type = "file"
events_logger = "file"
tmp_dir = "${roots.path("podman-tmp")}"
`;

const STATES: Readonly<Record<string, PeerState>> = { running: "running", paused: "paused", exited: "stopped", stopped: "stopped" };

/** Prepares podman and loads the image. */
export async function startPodman(roots: TestRoots, runtime: string): Promise<Peer> {
  const conf = roots.path("containers.conf");
  writeFileSync(conf, configuration(roots));
  const env = { CONTAINERS_CONF: conf };
  const podman = [
    "podman",
    ...["--root", roots.path("podman-root")],
    ...["--runroot", roots.path("podman-run")],
    ...["--runtime", runtime],
    "--cgroup-manager=cgroupfs",
  ];
  const call = (...args: readonly string[]) => runOk([...podman, ...args], { env });
  const inspect = (name: string, field: string) => call("inspect", "--format", `{{${field}}}`, name);
  await runOk([...podman, "load", "--input", await imageArchive(roots)], { env, timeoutMs: 60_000 });

  return {
    env,
    run: (request) => [
      ...podman,
      ...["run", "--name", request.name, "--network=none", "--cgroup-parent", `/${roots.mark}`],
      ...(request.tty ? ["--tty"] : []),
      ...(request.interactive ? ["--interactive"] : []),
      ...(request.detach ? ["--detach"] : []),
      ...(request.memoryBytes === undefined ? [] : ["--memory", String(request.memoryBytes)]),
      IMAGE,
      ...request.command,
    ],
    exec: (name, command, options = {}) => [...podman, "exec", ...(options.tty ? ["--tty", "--interactive"] : []), name, ...command],
    pause: async (name) => void (await call("pause", name)),
    resume: async (name) => void (await call("unpause", name)),
    signal: async (name, signal) => void (await call("kill", "--signal", signal, name)),
    async state(name) {
      const status = await inspect(name, ".State.Status");
      const state = STATES[status];
      if (state === undefined) throw new Error(`podman: unknown state ${status}`);
      return state;
    },
    pid: async (name) => Number(await inspect(name, ".State.Pid")),
    wait: async (name) => Number(await call("wait", name)),
    remove: async (name) => void (await call("rm", name)),
    stop: async () => void (await run([...podman, "rm", "--all", "--force", "--time=0"], { env })),
  };
}
