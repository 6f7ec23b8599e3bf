// docker, when asked for: a daemon of its own with its data, sockets and state in the scratch directory, without bridge and firewall rules.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import type { Bench } from "../bench.ts";
import type { Contender } from "../contest.ts";

const run = promisify(execFile);
const READY_TRIES = 100;
const READY_STEP_MS = 200;

export interface Docker extends AsyncDisposable {
  readonly contender: Contender;
}

const absent = (missing: string): Docker => ({
  contender: { name: "docker", missing, sample: () => Promise.reject(new Error(missing)) },
  async [Symbol.asyncDispose]() {},
});

function spawnDaemon({ programs, directory }: Bench, socket: string): ChildProcess {
  const places = ["--data-root", `${directory}/docker`, "--exec-root", `${directory}/docker-run`, "--pidfile", `${directory}/docker.pid`];
  const network = ["--bridge", "none", "--iptables=false", "--ip6tables=false"];
  const config = ["--config-file", `${directory}/docker.json`, "--host", socket, "--storage-driver", "vfs"];
  return spawn(programs.dockerd.path, [...places, ...network, ...config], { stdio: "ignore", detached: true });
}

async function ready(daemon: ChildProcess, client: readonly string[]): Promise<void> {
  const [docker = "docker", ...words] = client;
  for (let tries = 0; tries < READY_TRIES && daemon.exitCode === null; tries++) {
    if (
      await run(docker, [...words, "version"]).then(
        () => true,
        () => false,
      )
    )
      return;
    await Bun.sleep(READY_STEP_MS);
  }
  throw new Error("dockerd does not answer");
}

/** Starts a private dockerd and imports the root file system; its end ends the daemon. */
export async function startDocker(bench: Bench, wanted: boolean): Promise<Docker> {
  if (!wanted) return absent("not asked for (--with-docker)");
  const { docker, dockerd } = bench.programs;
  const missing = docker.missing ?? dockerd.missing;
  if (missing !== undefined) return absent(missing);
  const socket = `unix://${bench.directory}/docker.sock`;
  await Bun.write(`${bench.directory}/docker.json`, "{}");
  const client = [docker.path, "--host", socket];
  const daemon = spawnDaemon(bench, socket);
  const end = async () => {
    if (daemon.exitCode !== null || !daemon.kill("SIGTERM")) return;
    await once(daemon, "exit");
  };
  try {
    await ready(daemon, client);
    await run("sh", ["-c", `tar -C "$0" -c . | "$@"`, bench.bundles.rootfs, ...client, "import", "-", "bench"]);
  } catch (error) {
    await end();
    return absent(error instanceof Error ? error.message : String(error));
  }
  const command = [...client, "run", "--rm", "--network", "none", "bench", "/bin/true"];
  return {
    contender: { name: "docker", sample: async () => (await bench.timer(command)).milliseconds },
    [Symbol.asyncDispose]: end,
  };
}
