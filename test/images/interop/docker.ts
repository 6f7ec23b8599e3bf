// A dockerd of a test's own, with overlay2 and the containerd that it brings, without bridge and firewall rules; it holds images only.
import { startDaemon, stopDaemon } from "../../peers/peer.ts";
import type { TestRoots } from "../../support/roots.ts";
import { run, runOk } from "../../support/run.ts";

export interface Docker {
  /** The client's output. @throws Error when it fails */
  call(...words: readonly string[]): Promise<string>;
  /** The directories of an image's layers, bottom to top. */
  layers(image: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export async function openDocker(roots: TestRoots): Promise<Docker> {
  const host = `unix://${roots.path("docker.sock")}`;
  // The configuration of whoever runs the test has credentials that it must not use.
  const docker = ["docker", "--config", roots.path("docker-client"), "--host", host];
  await Bun.write(roots.path("docker.json"), "{}");
  const daemon = await startDaemon(
    [
      ...["dockerd", "--config-file", roots.path("docker.json"), "--host", host, "--storage-driver", "overlay2"],
      ...["--data-root", roots.path("docker-data"), "--exec-root", roots.path("docker-exec"), "--pidfile", roots.path("docker.pid")],
      ...["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false", "--ip-masq=false", "--userland-proxy=false"],
    ],
    async () => (await run([...docker, "version"])).status === 0,
  );
  const call = (...words: readonly string[]) => runOk([...docker, ...words], { timeoutMs: 60_000 });
  return {
    call,
    async layers(image) {
      const lower = await call("image", "inspect", "--format", "{{.GraphDriver.Data.UpperDir}}:{{.GraphDriver.Data.LowerDir}}", image);
      return lower
        .split(":")
        .filter((path) => path.startsWith("/"))
        .toReversed();
    },
    stop: () => stopDaemon(daemon),
  };
}
