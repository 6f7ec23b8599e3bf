// dockerd with a runtime of our choice: a daemon (and a containerd) of its own, without bridge and firewall, driven by the docker client.
import type { TestRoots } from "../support/roots.ts";
import { run, runOk } from "../support/run.ts";
import { startContainerd } from "./containerd.ts";
import { IMAGE, imageArchive } from "./image.ts";
import { type Peer, type PeerState, startDaemon, stopDaemon } from "./peer.ts";

const STATES: Readonly<Record<string, PeerState>> = { running: "running", paused: "paused", exited: "stopped" };

/** Starts containerd and dockerd and loads the image. */
export async function startDocker(roots: TestRoots, runtime: string): Promise<Peer> {
  const containerd = await startContainerd(roots);
  const socket = `unix://${roots.path("docker.sock")}`;
  const docker = ["docker", "--host", socket];
  const call = (...args: readonly string[]) => runOk([...docker, ...args]);
  const inspect = (name: string, field: string) => call("inspect", "--format", `{{${field}}}`, name);
  const daemon = await startDaemon(
    [
      ...["dockerd", "--host", socket, "--containerd", containerd.address],
      ...["--data-root", roots.path("docker-data"), "--exec-root", roots.path("docker-exec"), "--pidfile", roots.path("docker.pid")],
      ...["--add-runtime", `judged=${runtime}`, "--default-runtime=judged", "--cgroup-parent", `/${roots.mark}`],
      ...["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--userland-proxy=false"],
    ],
    async () => (await run([...docker, "version"])).status === 0,
  );
  await runOk([...docker, "load", "--input", await imageArchive(roots)], { timeoutMs: 60_000 });

  return {
    env: {},
    run: (request) => [
      ...docker,
      ...["run", "--name", request.name, "--network=none"],
      ...(request.tty ? ["--tty"] : []),
      ...(request.interactive ? ["--interactive"] : []),
      ...(request.detach ? ["--detach"] : []),
      ...(request.memoryBytes === undefined ? [] : ["--memory", String(request.memoryBytes)]),
      IMAGE,
      ...request.command,
    ],
    exec: (name, command, options = {}) => [...docker, "exec", ...(options.tty ? ["--tty", "--interactive"] : []), name, ...command],
    pause: async (name) => void (await call("pause", name)),
    resume: async (name) => void (await call("unpause", name)),
    signal: async (name, signal) => void (await call("kill", "--signal", signal, name)),
    async state(name) {
      const status = await inspect(name, ".State.Status");
      const state = STATES[status];
      if (state === undefined) throw new Error(`docker: unknown state ${status}`);
      return state;
    },
    pid: async (name) => Number(await inspect(name, ".State.Pid")),
    wait: async (name) => Number(await call("wait", name)),
    remove: async (name) => void (await call("rm", name)),
    async stop() {
      await stopDaemon(daemon);
      await containerd.stop();
    },
  };
}
