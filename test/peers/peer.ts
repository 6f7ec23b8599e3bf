// What the three engines have in common: the contract that engine.suite.ts tests each of them by.
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import type { RuntimeName } from "../conformance/programs.ts";
import { runtimePath } from "../conformance/runtimes.ts";
import type { TestRoots } from "../support/roots.ts";
import { eventually, type Running, start } from "../support/run.ts";

export interface ContainerRequest {
  readonly name: string;
  readonly command: readonly string[];
  readonly tty?: boolean;
  /** Keeps standard input open. */
  readonly interactive?: boolean;
  readonly detach?: boolean;
  readonly memoryBytes?: number;
}

export type PeerState = "running" | "paused" | "stopped";

/** One engine, started for a file of tests with a runtime of our choice. */
export interface Peer {
  /** For every command of this engine. */
  readonly env: Readonly<Record<string, string>>;
  /** The command that makes and starts a container; undetached, it ends as the container does. */
  run(request: ContainerRequest): readonly string[];
  /** The command that runs another process in a container. */
  exec(name: string, command: readonly string[], options?: { readonly tty?: boolean }): readonly string[];
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  signal(name: string, signal: string): Promise<void>;
  state(name: string): Promise<PeerState>;
  /** The container's process, as the host sees it. */
  pid(name: string): Promise<number>;
  /** Waits for the end of a detached container. @returns its exit status. */
  wait(name: string): Promise<number>;
  /** Removes a container that has stopped. */
  remove(name: string): Promise<void>;
  /** Ends the engine's daemons, by their own process ids. */
  stop(): Promise<void>;
}

/** A runtime that writes down how it was called: proves that the engine used it. */
export interface WatchedRuntime {
  readonly path: string;
  /** One line a call: its arguments. */
  calls(): readonly string[];
}

/** Writes a script that notes its arguments and becomes the runtime. */
export function watchedRuntime(name: RuntimeName, roots: TestRoots): WatchedRuntime {
  const path = roots.path(`${name}-watched`);
  const log = roots.path("runtime.calls");
  writeFileSync(log, "");
  writeFileSync(path, `#!/bin/sh\necho "$*" >>'${log}'\nexec '${runtimePath(name)}' "$@"\n`);
  chmodSync(path, 0o755);
  return { path, calls: () => readFileSync(log, "utf8").split("\n").filter(Boolean) };
}

/** Starts a daemon and waits until `ready` succeeds. @throws Error with the daemon's output when it does not come up or ends. */
export async function startDaemon(argv: readonly string[], ready: () => Promise<boolean>): Promise<Running> {
  const daemon = start(argv);
  let ended: number | undefined;
  void daemon.exited.then((status) => {
    ended = status;
  });
  try {
    await eventually(
      `${argv[0]} is ready`,
      async () => {
        if (ended !== undefined) throw new Error(`${argv[0]} ended with status ${ended}`);
        return ready();
      },
      30_000,
    );
  } catch (cause) {
    const output = daemon.stderr();
    daemon.kill("SIGKILL");
    daemon.dispose();
    throw new Error(`${argv.join(" ")}:\n${output.slice(-4000)}`, { cause });
  }
  return daemon;
}

/** Ends a daemon as a service manager does: SIGTERM, and SIGKILL when it does not listen. */
export async function stopDaemon(daemon: Running): Promise<void> {
  daemon.kill("SIGTERM");
  const timer = setTimeout(() => daemon.kill("SIGKILL"), 15_000);
  await daemon.exited;
  clearTimeout(timer);
  daemon.dispose();
}
