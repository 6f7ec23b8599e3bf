// The standard streams of a program that has no terminal, where the monitor carries them: pipes of the container's own, made by the launcher, and
// the log that output goes to, also that of a terminal.
import { posix } from "node:path";
import type { IdMapping, RuntimeConfig } from "../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { JOURNAL_SOCKET } from "../tables/journal.ts";
import { openFlags } from "../tables/open-flags.ts";
import type { MonitorLog, MonitorStreams, ProcessRequest } from "./request.ts";
import { inUserNamespace } from "./user-namespace.ts";

const FROM = "standard streams";
const LOG = "log";

/** On the wire of op `monitorLog`. */
const DRIVERS = { "json-file": 1, local: 2, journald: 3 } as const satisfies Record<MonitorLog["driver"], number>;
const TEE = { stdout: 1, stderr: 2 } as const;

/** One pipe: the end that the container's process has, and the monitor's. */
interface Pipe {
  readonly name: "stdin" | "stdout" | "stderr";
  readonly theirs: Register;
  readonly ours: Register;
}

/** The streams of a program that is to be monitored, where they are carried. */
export function carriedStreams({ keeper, monitor }: ProcessRequest): MonitorStreams | undefined {
  return keeper === "monitor" ? monitor?.streams : undefined;
}

/** A terminal is all three streams. */
function pipes(request: ProcessRequest, registers: Registers): Pipe[] {
  const streams = carriedStreams(request);
  if (streams === undefined || request.console !== undefined) return [];
  const names = [...(streams.stdin === "held" ? (["stdin"] as const) : []), "stdout", "stderr"] as const;
  return names.map((name) => ({ name, theirs: registers.named(`${name} inside`), ours: registers.named(`${name} outside`) }));
}

/** Host section, before anything is made: a log that cannot be written is told of first. */
export function openStreamsOps(request: ProcessRequest, config: RuntimeConfig, registers: Registers): Op[] {
  const log = carriedStreams(request)?.log;
  return [
    ...(log === undefined ? [] : logOps(log, request, registers)),
    ...pipes(request, registers).flatMap((pipe) => pipeOps(pipe, config)),
  ];
}

function logOps(log: MonitorLog, { facts }: ProcessRequest, registers: Registers): Op[] {
  const { driver, maxSize, maxFiles, onRotate, fields } = log;
  const common = { driver: DRIVERS[driver], maxSize, maxFiles, onRotate, fields };
  if (driver === "journald") {
    const subject = `the journal at ${JOURNAL_SOCKET}`;
    return [op("monitorLog", { ...common, dir: undefined, name: log.path }, { from: LOG, subject })];
  }
  const { O_RDONLY, O_DIRECTORY } = openFlags(facts.arch);
  const { dir, base } = posix.parse(log.path);
  const to = registers.named("log directory");
  return [
    op("open", { dir: undefined, path: dir, flags: O_RDONLY | O_DIRECTORY, mode: 0, out: to }, { from: LOG, subject: dir }),
    op("monitorLog", { ...common, dir: to, name: base }, { from: LOG, subject: log.path }),
  ];
}

/**
 * In a user namespace whose root is nobody that made the pipe, the process itself could not give it to its user, who is then not allowed to
 * open /dev/stdout: so it is given to that root, where whoever makes the container may give files away.
 */
function pipeOps({ name, theirs, ours }: Pipe, config: RuntimeConfig): Op[] {
  const [read, write] = name === "stdin" ? [theirs, ours] : [ours, theirs];
  const { uidMappings = [], gidMappings = [] } = config.linux ?? {};
  const [uid, gid] = [hostId(uidMappings), hostId(gidMappings)];
  const owned = inUserNamespace(config.linux) && uid !== undefined && gid !== undefined;
  return [
    op("pipe", { read, write }, FROM),
    ...(owned ? [op("fchown", { fd: theirs, uid, gid }, { from: FROM, subject: name, tolerate: ["EPERM"] as const })] : []),
  ];
}

/** What 0 inside is outside. */
function hostId(mappings: readonly IdMapping[]): number | undefined {
  return mappings.find(({ containerID }) => containerID === 0)?.hostID;
}

/** The process, when nothing of its making writes to the caller's streams any more. */
export function takeStreamsOps(request: ProcessRequest, registers: Registers): Op[] {
  const made = pipes(request, registers);
  if (made.length === 0) return [];
  const end = (name: Pipe["name"]) => made.find((pipe) => pipe.name === name)?.theirs;
  return [op("giveStdio", { stdin: end("stdin"), stdout: end("stdout"), stderr: end("stderr") }, FROM)];
}

/** Host section, before `monitor`: what it is to hold. */
export function holdStreamsOps(request: ProcessRequest, registers: Registers): Op[] {
  const streams = carriedStreams(request);
  if (streams === undefined) return [];
  const made = pipes(request, registers);
  const end = (name: Pipe["name"]) => made.find((pipe) => pipe.name === name)?.ours;
  const tee = streams.tee.reduce((mask, name) => mask | TEE[name], 0);
  return [op("monitorStreams", { stdin: end("stdin"), stdout: end("stdout"), stderr: end("stderr"), tee }, FROM)];
}
