// podman with a runtime of our choice: no daemon, but a configuration, storage and locks of its own (containers.conf(5)).
import { writeFileSync } from "node:fs";
import type { TestRoots } from "../support/roots.ts";
import { run, runOk } from "../support/run.ts";
import { dockerCommands } from "./docker-commands.ts";
import { imageArchive } from "./image.ts";
import type { Peer } from "./peer.ts";

// default_ulimits: podman raises nofile and nproc to the kernel's maximum, which a root without CAP_SYS_RESOURCE may not.
// lock_type: the default is one shared memory segment for all of root's podmans.
export const podmanConfiguration = (roots: TestRoots) => `[containers]
default_ulimits = ["nofile=1024:20000", "nproc=1024:2048"]
log_driver = "k8s-file"
cgroupns = "host"
[engine]
lock_type = "file"
events_logger = "file"
tmp_dir = "${roots.path("podman-tmp")}"
`;

/** Prepares podman and loads the image. */
export async function startPodman(roots: TestRoots, runtime: string): Promise<Peer> {
  const conf = roots.path("containers.conf");
  writeFileSync(conf, podmanConfiguration(roots));
  const env = { CONTAINERS_CONF: conf };
  const podman = [
    "podman",
    ...["--root", roots.path("podman-root")],
    ...["--runroot", roots.path("podman-run")],
    ...["--runtime", runtime],
    "--cgroup-manager=cgroupfs",
  ];
  await runOk([...podman, "load", "--input", await imageArchive(roots)], { env, timeoutMs: 60_000 });

  return {
    env,
    ...dockerCommands({ words: podman, runWords: ["--cgroup-parent", `/${roots.mark}`], env }),
    stop: async () => void (await run([...podman, "rm", "--all", "--force", "--time=0"], { env })),
  };
}
