// containerd with a runtime of our choice: a daemon of its own, driven by its client `ctr`.
import { writeFileSync } from "node:fs";
import type { TestRoots } from "../support/roots.ts";
import { run, runOk } from "../support/run.ts";
import { IMAGE, imageArchive } from "./image.ts";
import { type Peer, type PeerState, startDaemon, stopDaemon } from "./peer.ts";

const configuration = (roots: TestRoots) => `version = 2
root = "${roots.path("containerd-root")}"
state = "${roots.path("containerd-state")}"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${roots.path("containerd.sock")}"
[ttrpc]
  address = "${roots.path("containerd.sock.ttrpc")}"
`;

const STATES: Readonly<Record<string, PeerState>> = { RUNNING: "running", PAUSED: "paused", STOPPED: "stopped" };

/** A running containerd that others (dockerd) may share. */
export interface Containerd {
  readonly address: string;
  stop(): Promise<void>;
}

/** Starts containerd with all its state below the roots. */
export async function startContainerd(roots: TestRoots): Promise<Containerd> {
  const address = roots.path("containerd.sock");
  const config = roots.path("containerd.toml");
  writeFileSync(config, configuration(roots));
  const ready = async () => (await run(["ctr", "--address", address, "version"])).status === 0;
  const daemon = await startDaemon(["containerd", "--config", config], ready);
  return { address, stop: () => stopDaemon(daemon) };
}

/** Starts containerd and loads the image into its namespace. */
export async function startCtr(roots: TestRoots, runtime: string): Promise<Peer> {
  const daemon = await startContainerd(roots);
  // The shim makes its cgroup and its abstract names from the namespace.
  const ctr = ["ctr", "--address", daemon.address, "--namespace", "teu"];
  const call = (...args: readonly string[]) => runOk([...ctr, ...args]);
  const task = async (name: string) => {
    const line = (await call("tasks", "list")).split("\n").find((row) => row.split(/\s+/)[0] === name);
    const [, pid = "", status = ""] = line?.split(/\s+/) ?? [];
    return { pid: Number(pid), status };
  };
  let processes = 0;
  await runOk([...ctr, "images", "import", await imageArchive(roots)], { timeoutMs: 60_000 });

  return {
    env: {},
    run: (request) => [
      ...ctr,
      ...["run", "--runtime", "io.containerd.runc.v2", "--runc-binary", runtime, "--runc-root", roots.path("runc-root")],
      ...["--cgroup", `/${roots.mark}/${request.name}`],
      // ctr run always passes its standard input on.
      ...(request.tty ? ["--tty"] : []),
      ...(request.detach ? ["--detach"] : []),
      ...(request.memoryBytes === undefined ? [] : ["--memory-limit", String(request.memoryBytes)]),
      IMAGE,
      request.name,
      ...request.command,
    ],
    exec(name, command, options = {}) {
      processes += 1;
      return [...ctr, "tasks", "exec", "--exec-id", `exec-${processes}`, ...(options.tty ? ["--tty"] : []), name, ...command];
    },
    pause: async (name) => void (await call("tasks", "pause", name)),
    resume: async (name) => void (await call("tasks", "resume", name)),
    signal: async (name, signal) => void (await call("tasks", "kill", "--signal", signal, name)),
    async state(name) {
      const { status } = await task(name);
      const state = STATES[status];
      if (state === undefined) throw new Error(`ctr: unknown state ${status}`);
      return state;
    },
    pid: async (name) => (await task(name)).pid,
    async wait(name) {
      while ((await task(name)).status !== "STOPPED") await Bun.sleep(50);
      // ctr 1.6 warns of a status other than 0 and itself ends with 0.
      const { stderr } = await run([...ctr, "tasks", "delete", name]);
      return Number(/exit code (\d+)/.exec(stderr)?.[1] ?? 0);
    },
    remove: async (name) => void (await call("containers", "delete", name)),
    stop: () => daemon.stop(),
  };
}
