// A shell script as a container of a monitor that carries its streams, for tests of pipes and logs: the launcher alone, without a root file system.
import { mkdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { encodePlan } from "../../src/kernel/plan/encode.ts";
import { type Op, op } from "../../src/kernel/plan/plan.ts";
import { AttachClient } from "../support/attach-client.ts";
import { eventually } from "../support/run.ts";
import { type PlanOptions, planOf, type RunningPlan, startPlan } from "../support/run-plan.ts";
import { K, registers, shell } from "./setup.ts";

const DRIVERS = { "json-file": 1, local: 2, journald: 3 } as const;

export interface LogOptions {
  readonly driver: keyof typeof DRIVERS;
  /** Of the file; of journald: of the socket. */
  readonly path: string;
  readonly maxSize?: number;
  readonly maxFiles?: number;
  readonly onRotate?: readonly string[];
  readonly fields?: readonly string[];
}

export interface MonitoredOptions {
  /** A pipe that attach clients write to. */
  readonly stdin?: boolean;
  readonly tee?: number;
  readonly log?: LogOptions;
  readonly onExit?: readonly string[];
  readonly attended?: boolean;
  /** CLONE_NEW*; a pid namespace by default. */
  readonly flags?: number;
  /** Ops of the process before it becomes the shell. */
  readonly before?: readonly Op[];
  readonly plan?: PlanOptions;
}

export interface Monitored {
  readonly running: RunningPlan;
  readonly state: string;
  pid(): number;
  attach(options?: { paused?: boolean }): AttachClient;
}

/** The plan of a script that is monitored, with its state in a directory that is there. */
export function monitoredPlan(state: string, script: string, options: MonitoredOptions = {}): Uint8Array {
  const r = registers();
  const { stdin = false, tee = 0, log, onExit = [], attended = false, flags = K.CLONE_NEWPID, before = [] } = options;
  const name = log?.driver === "journald" ? log.path : basename(log?.path ?? "");
  const host: Op[] = [
    op("open", { dir: undefined, path: state, flags: K.O_DIRECTORY, mode: 0, out: r("state") }, "t"),
    op("listen", { dir: r("state"), name: "attach.sock", out: r("listener") }, "t"),
    ...(log === undefined
      ? []
      : [op("open", { dir: undefined, path: dirname(log.path), flags: K.O_DIRECTORY, mode: 0, out: r("logs") }, "t")]),
    ...(log === undefined
      ? []
      : [
          op(
            "monitorLog",
            {
              driver: DRIVERS[log.driver],
              dir: r("logs"),
              name,
              maxSize: log.maxSize ?? 0,
              maxFiles: log.maxFiles ?? 3,
              onRotate: log.onRotate ?? [],
              fields: log.fields ?? [],
            },
            "t",
          ),
        ]),
    ...(stdin ? [op("pipe", { read: r("in"), write: r("to in") }, "t")] : []),
    op("pipe", { read: r("from out"), write: r("out") }, "t"),
    op("pipe", { read: r("from err"), write: r("err") }, "t"),
    op("channel", { a: r("a"), b: r("b") }, "t"),
    op("clone", { section: 1, flags, cgroup: undefined, pid: r("pid"), pidfd: r("pidfd") }, "t"),
    op("close", { fd: r("b") }, "t"),
    op("await", { channel: r("a"), number: 255 }, "t"),
    op("report", { kind: 3, value: r("pid") }, "t"),
    op("monitorStreams", { stdin: stdin ? r("to in") : undefined, stdout: r("from out"), stderr: r("from err"), tee }, "t"),
    op("report", { kind: 5, value: undefined }, "t"),
    op(
      "monitor",
      {
        pid: r("pid"),
        pidfd: r("pidfd"),
        pty: undefined,
        listener: r("listener"),
        client: undefined,
        dir: r("state"),
        onExit,
        attended: attended ? 1 : 0,
      },
      "t",
    ),
  ];
  const child: Op[] = [
    op("close", { fd: r("a") }, "t"),
    op("giveStdio", { stdin: stdin ? r("in") : undefined, stdout: r("out"), stderr: r("err") }, "t"),
    ...before,
    shell(script),
  ];
  return encodePlan(planOf(host, child));
}

/** Starts a script; resolves when it runs. */
export async function startMonitored(state: string, script: string, options: MonitoredOptions = {}): Promise<Monitored> {
  mkdirSync(state);
  const running = startPlan(monitoredPlan(state, script, options), options.plan);
  await eventually("the container runs", () => running.records().some(({ kind }) => kind === "done" || kind === "failed"));
  return {
    running,
    state,
    pid: () => Number(running.records().find(({ kind }) => kind === "pid")?.value ?? 0n),
    attach: (attach = {}) => new AttachClient(`${state}/attach.sock`, attach),
  };
}
