// dockerd with a runtime of our choice: a daemon (and a containerd) of its own, without bridge and firewall, driven by the docker client.
import type { TestRoots } from "../support/roots.ts";
import { run, runOk } from "../support/run.ts";
import { startContainerd } from "./containerd.ts";
import { dockerCommands } from "./docker-commands.ts";
import { imageArchive } from "./image.ts";
import { type Peer, startDaemon, stopDaemon } from "./peer.ts";

/** Starts containerd and dockerd and loads the image. */
export async function startDocker(roots: TestRoots, runtime: string): Promise<Peer> {
  const containerd = await startContainerd(roots);
  const socket = `unix://${roots.path("docker.sock")}`;
  const docker = ["docker", "--host", socket];
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
    ...dockerCommands({ words: docker, runWords: [] }),
    async stop() {
      await stopDaemon(daemon);
      await containerd.stop();
    },
  };
}
