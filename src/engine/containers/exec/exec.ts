// Use case `exec`: one more process in a container that runs.
import { TeuError } from "../../../base/errors.ts";
import { randomId } from "../../../base/random-id.ts";
import { rootlessMaps } from "../../../containers/config/rootless-maps.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import type { Launched, Stdio } from "../../../kernel/launch/launcher.ts";
import type { HostFacts } from "../../../kernel/probe/host-facts.ts";
import { type StartedExec, startExec } from "../../../kernel/state/exec.ts";
import { type ExecOptions, FIRST_EXEC_FD } from "../../../kernel/state/exec-options.ts";
import type { Container } from "../../../kernel/state/query.ts";
import { readPid } from "../../../kernel/state/record.ts";
import type { Engine } from "../../engine.ts";
import { grantableCapabilities } from "../bundle/grantable-capabilities.ts";
import { notRunning, runningContainer, stillRuns } from "../running.ts";
import { abandonedExecs, type ExecRecord, leaveExec, makeExecDirectory, takeExec } from "./directory.ts";
import { type ExecAsk, execProcess } from "./process.ts";

export interface ExecHow {
  /** Settles once the process runs, and leaves it to its monitor. */
  readonly detached: boolean;
  /** Descriptors 0, 1 and 2 of a process without a terminal. */
  readonly stdio: readonly [Stdio, Stdio, Stdio];
  /** The launcher reports what every op took. */
  readonly timings?: boolean;
  /** Called once the launcher runs. */
  attend?(exec: RunningExec): void;
}

export interface RunningExec {
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** Hands signals on to the process; of one with a terminal, its `socket` is an attach client. */
  readonly launched: Launched;
  readonly prepared: StartedExec["prepared"];
  /** Ends it by SIGKILL, whatever it does with signals. */
  kill(): void;
}

/**
 * Runs a process in a container.
 * @returns its exit status (128 + n when signal n ended it); 0 of a detached one.
 * @throws TeuError `conflict` for a container that does not run; `command-not-found`, `command-not-executable`; KernelError
 */
export async function execInContainer(engine: Engine, row: ContainerRow, ask: ExecAsk, how: ExecHow): Promise<number> {
  const container = runningContainer(engine, row, { forWhat: "exec" });
  const id = randomId();
  const options = await optionsOf(engine, { row, container, ask, how });
  const { args, terminal, privileged, user = "" } = ask;
  const record = { id, args, user, terminal, privileged, created: engine.runtime.now().getTime() };
  const directory = makeExecDirectory(engine, row.id, record);
  const events = () => import("./events.ts");
  /** Nobody else takes it while we are there; where the container has ended, it is gone. */
  const noteEnd = async (exitCode: number) => {
    takeExec(engine, row.id, id);
    (await events()).recordExecEnd(engine, row, { record, exitCode });
  };
  try {
    const started = await startExec(engine.runtime, container, { ...options, directory, dir: directory });
    const { launched, prepared } = started;
    how.attend?.({ id, launched, prepared, kill: () => killProcess(directory) });
    await whileItStarts(engine, row, record);
    if (how.detached) {
      await started.running;
      leaveExec(directory, record);
      (await import("./settle.ts")).settleExecs(engine, row); // it may have ended already
      return 0;
    }
    const exitCode = await started.ended;
    await noteEnd(exitCode);
    return exitCode;
  } catch (error) {
    const failure = stillRuns(engine, row.id) ? error : notRunning(engine, row);
    await noteEnd(failure instanceof TeuError && failure.code === "command-not-found" ? NOT_FOUND : NOT_STARTED);
    throw failure;
  }
}

/** The launcher is at work meanwhile. */
async function whileItStarts(engine: Engine, row: ContainerRow, record: ExecRecord): Promise<void> {
  (await import("./events.ts")).recordExec(engine, row, record);
  if (abandonedExecs(engine, row.id).length > 0) (await import("./settle.ts")).settleExecs(engine, row);
}

/** docker's exit codes of what could not be started. */
const NOT_STARTED = 126;
const NOT_FOUND = 127;

interface Wish {
  readonly row: ContainerRow;
  readonly container: Container;
  readonly ask: ExecAsk;
  readonly how: ExecHow;
}

async function optionsOf(engine: Engine, { row, container, ask, how }: Wish): Promise<ExecOptions> {
  const facts = {
    user: await userOf(engine, { row, container, user: ask.user }),
    env: row.document.options.env,
    capabilities: ask.privileged ? grantableCapabilities(engine.runtime.facts()) : [],
    oneGroup: ask.user !== undefined && hasOneGroup(engine.runtime.facts()),
  };
  const { terminal } = ask;
  const client = terminal && !how.detached ? { clientFd: FIRST_EXEC_FD } : {};
  return {
    id: row.id,
    process: (own) => execProcess(own, ask, facts),
    // People at a terminal do not wait for a compiler, and windows have many sizes.
    ...(terminal ? { console: { kind: "monitor" } } : { key: [JSON.stringify({ ask, facts })] }),
    keeper: "monitor",
    // The roots are told, because a monitor has no environment; the exec is not, because its plan is kept for others.
    monitor: {
      onExit: [engine.self, "internal", "exec-exited", engine.runRoot, engine.root, row.id],
      attended: !how.detached,
      ...client,
      // As in docker the program does not see that the caller's output is a terminal, nor gets hold of it.
      ...(terminal || how.detached ? {} : { streams: { stdin: ask.interactive ? "given" : "none", tee: ["stdout", "stderr"] } }),
    },
    preserveFds: 0,
    cgroups: [],
    ignorePaused: false,
    stdio: how.detached || terminal ? ["ignore", "ignore", "ignore"] : how.stdio,
    ...(how.detached ? { detached: true } : {}),
    ...(how.timings === true ? { timings: true } : {}),
  };
}

/** Undefined where the container's own is meant. */
async function userOf(engine: Engine, { user, ...rest }: Pick<Wish, "row" | "container"> & { readonly user: string | undefined }) {
  return user === undefined ? undefined : (await import("./user.ts")).lookUpExecUser(engine, { ...rest, user });
}

function hasOneGroup(facts: HostFacts): boolean {
  const [only, ...more] = rootlessMaps(facts)?.gids ?? [];
  return only?.size === 1 && more.length === 0;
}

function killProcess(directory: string): void {
  const pid = readPid(directory);
  if (pid === undefined) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended by itself
  }
}
