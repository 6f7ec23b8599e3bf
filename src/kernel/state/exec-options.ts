// What `exec` is asked for, and which descriptor of the launcher is what.
import type { Process } from "../../spec/runtime/config.ts";
import type { Console, ExecRequest, Keeper, MonitorRequest } from "../compile/request.ts";
import { FIRST_EXTRA_FD, type Launched, type Stdio } from "../launch/launcher.ts";

export interface ExecOptions {
  readonly id: string;
  /** Makes the process of the container's own, which lends what the caller does not say. */
  readonly process: (own: Process | undefined) => Process;
  /** All that `process` makes the process of, besides the container's own: with it the plan is kept beside the container's state. */
  readonly key?: readonly string[];
  /** Not `create`: an exec does not wait for `start`. */
  readonly keeper: Exclude<Keeper, "create">;
  readonly monitor?: MonitorRequest;
  readonly console?: Console;
  readonly pidFile?: string;
  /** A directory of this exec's own, where the launcher writes its pid and its end. */
  readonly directory?: string;
  /** Descriptors of ours that the process keeps, as 3, 4, …. */
  readonly preserveFds: number;
  /** `[CONTROLLERS:]PATH` below the container's cgroups. */
  readonly cgroups: readonly string[];
  readonly ignorePaused: boolean;
  readonly stdio?: readonly [Stdio, Stdio, Stdio];
  /** The launcher goes on without us. */
  readonly detached?: boolean;
  /** The launcher reports what every op took. */
  readonly timings?: boolean;
  /** Called once the launcher runs: forwards signals, serves the terminal. */
  attend?(launched: Launched): void;
}

/** Where the preserved descriptors, and then an attach client, are in the launcher: after that of the container's /proc directory. */
export const FIRST_EXEC_FD = FIRST_EXTRA_FD + 1;

/** The numbers that the descriptors have in the launcher: those of `ExecRequest` in the order in which they are handed over. */
export function execDescriptors({
  preserveFds,
  monitor,
  directory,
}: ExecOptions): Pick<ExecRequest, "initFd" | "firstPreserved" | "ownFd"> {
  const clients = monitor?.clientFd === undefined ? 0 : 1;
  return {
    initFd: FIRST_EXTRA_FD,
    firstPreserved: FIRST_EXEC_FD,
    ...(directory === undefined ? {} : { ownFd: FIRST_EXEC_FD + preserveFds + clients }),
  };
}
