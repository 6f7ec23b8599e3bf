// The command line that docker and podman share, as the verbs that the suite asks of a peer.
import { runOk } from "../support/run.ts";
import { IMAGE } from "./image.ts";
import type { Peer, PeerState } from "./peer.ts";

const STATES: Readonly<Record<string, PeerState>> = { running: "running", paused: "paused", exited: "stopped", stopped: "stopped" };

export interface DockerCommandLine {
  /** The program with its global flags. */
  readonly words: readonly string[];
  /** Flags of `run` beside those that the suite asks for. */
  readonly runWords: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** All of a peer but its environment and its end. */
export function dockerCommands({ words, runWords, env = {} }: DockerCommandLine): Omit<Peer, "env" | "stop"> {
  const call = (...args: readonly string[]) => runOk([...words, ...args], { env });
  const inspect = (name: string, field: string) => call("inspect", "--format", `{{${field}}}`, name);
  return {
    run: (request) => [
      ...words,
      ...["run", "--name", request.name, "--network=none", ...runWords],
      ...(request.tty ? ["--tty"] : []),
      ...(request.interactive ? ["--interactive"] : []),
      ...(request.detach ? ["--detach"] : []),
      ...(request.memoryBytes === undefined ? [] : ["--memory", String(request.memoryBytes)]),
      IMAGE,
      ...request.command,
    ],
    exec: (name, command, options = {}) => [...words, "exec", ...(options.tty ? ["--tty", "--interactive"] : []), name, ...command],
    pause: async (name) => void (await call("pause", name)),
    resume: async (name) => void (await call("unpause", name)),
    signal: async (name, signal) => void (await call("kill", "--signal", signal, name)),
    async state(name) {
      const status = await inspect(name, ".State.Status");
      const state = STATES[status];
      if (state === undefined) throw new Error(`${words[0]}: unknown state ${status}`);
      return state;
    },
    pid: async (name) => Number(await inspect(name, ".State.Pid")),
    wait: async (name) => Number(await call("wait", name)),
    remove: async (name) => void (await call("rm", name)),
  };
}
