// podman with a storage, a configuration and locks of a test's own (containers.conf(5)).
import { writeFileSync } from "node:fs";
import type { TestRoots } from "../../support/roots.ts";
import { runOk } from "../../support/run.ts";

// default_ulimits, lock_type: see test/peers/podman.ts; crun refuses a hybrid of cgroups v1 and v2.
const configuration = (roots: TestRoots) => `[containers]
default_ulimits = ["nofile=1024:20000", "nproc=1024:2048"]
log_driver = "k8s-file"
[engine]
runtime = "runc"
lock_type = "file"
events_logger = "file"
tmp_dir = "${roots.path("podman-tmp")}"
`;

/** The program as a function of its words. */
export function openPodman(roots: TestRoots): (...words: readonly string[]) => Promise<string> {
  const conf = roots.path("containers.conf");
  writeFileSync(conf, configuration(roots));
  const storage = ["--root", roots.path("podman"), "--runroot", roots.path("podman-run"), "--storage-driver", "overlay"];
  return (...words) =>
    runOk(["podman", ...storage, "--cgroup-manager=cgroupfs", ...words], { env: { CONTAINERS_CONF: conf }, timeoutMs: 60_000 });
}
