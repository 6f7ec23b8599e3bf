// A dockerd of the bench's own, with its data, sockets and state in the scratch directory, without bridge and firewall rules unless it has a network
// namespace of its own.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import type { Bench } from "./bench.ts";

const run = promisify(execFile);
const READY_TRIES = 100;
const READY_STEP_MS = 200;

export interface Dockerd extends AsyncDisposable {
  /** The client's words for it. */
  readonly client: readonly string[];
  readonly pid: number;
}

interface DockerdOptions {
  /** Tells several of them apart. */
  readonly name: string;
  readonly driver: "vfs" | "overlay2";
  /** Command words that enter a network namespace, where it then makes its bridge and its rules. */
  readonly network?: readonly string[];
}

/** Starts one; its end ends the daemon. @throws when it does not answer */
export async function startDockerd({ programs, directory }: Bench, { name, driver, network: enter }: DockerdOptions): Promise<Dockerd> {
  const place = `${directory}/${name}`;
  const socket = `unix://${place}.sock`;
  await Bun.write(`${place}.json`, "{}");
  const places = ["--data-root", place, "--exec-root", `${place}-run`, "--pidfile", `${place}.pid`];
  const network = enter === undefined ? ["--bridge", "none", "--iptables=false", "--ip6tables=false"] : [];
  const config = ["--config-file", `${place}.json`, "--host", socket, "--storage-driver", driver];
  const [program = "", ...words] = [...(enter ?? []), programs.dockerd.path, ...places, ...network, ...config];
  const daemon = spawn(program, words, { stdio: "ignore", detached: true });
  const client = [programs.docker.path, "--host", socket];
  const end = async () => {
    if (daemon.exitCode !== null || !daemon.kill("SIGTERM")) return;
    await once(daemon, "exit");
  };
  try {
    await ready(daemon, client);
  } catch (error) {
    await end();
    throw error;
  }
  return { client, pid: daemon.pid ?? 0, [Symbol.asyncDispose]: end };
}

async function ready(daemon: ChildProcess, [docker = "docker", ...words]: readonly string[]): Promise<void> {
  for (let tries = 0; tries < READY_TRIES && daemon.exitCode === null; tries++) {
    const answers = await run(docker, [...words, "version"]).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await Bun.sleep(READY_STEP_MS);
  }
  throw new Error("dockerd does not answer");
}
