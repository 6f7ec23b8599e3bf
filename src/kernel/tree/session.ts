// A session on a tree: one launcher with the plan that opens the tree's root, enters a user namespace where one is asked for, and runs
// one op; and what its answers say afterwards.
import { closeSync } from "node:fs";
import { KernelError, TeuError } from "../../base/errors.ts";
import { namelessFile } from "../../base/nameless-file.ts";
import { becomeRootOps } from "../compile/user-namespace.ts";
import { mapOps } from "../idmap/map-ops.ts";
import { planFailure } from "../launch/failure.ts";
import type { LaunchEnd } from "../launch/launcher.ts";
import { launchPiped, PIPED_FD, type PipedLaunch } from "../launch/piped.ts";
import { type Op, op, type Plan, type Register, Registers } from "../plan/plan.ts";
import { FS_MAGIC, OPEN_COMMON } from "../tables/open-flags.ts";
import { type Answer, type Answers, failureText, readAnswers } from "./answers.ts";
import type { Exchange } from "./exchange.ts";
import { directoryPlace, PLACE_FD, stackPlace, type TreePlace, type TreeStack, type TreeUserNamespace } from "./place.ts";

export type { TreeStack, TreeUserNamespace } from "./place.ts";

export interface TreeSessionOptions {
  /** The launcher executable. */
  readonly launcher: string;
  /** Directory for nameless files, the caller's own. */
  readonly dir: string;
  /** Absent: the caller's own ids. */
  readonly userns?: TreeUserNamespace;
  /** What an error calls the tree: `the layer`. */
  readonly subject?: string;
  /** An overlay to work on in place of a directory: it is seen by the session only, and gone with it. */
  readonly stack?: TreeStack;
  /** Large files go open from a session that reads to one that writes, both with this. */
  readonly exchange?: Exchange;
  /** An own sentence for an entry that fails; undefined: the usual one. */
  readonly explain?: (failed: Answer) => string | undefined;
}

/** The registers that a session's op works with. */
export interface TreeRegisters {
  readonly root: Register;
  readonly input: Register;
  readonly output: Register;
  readonly answers: Register;
  readonly exchange: Register | undefined;
}

export interface TreeSession {
  readonly launch: PipedLaunch;
  /** Waits for the launcher's end. @throws the error that it ended with, in the words of the session. */
  finish(): Promise<Answers>;
}

/** PROC_ROOT_INO */
const PROC_ROOT_INODE = 1;
const MAPPED = 1;

type Work = (at: TreeRegisters, registers: Registers) => readonly Op[];

/**
 * Starts a session on the directory `root`, an absolute path of the host, or another place.
 * @param verb what is done to an entry: `make`, `read`.
 * @throws TeuError `unsupported` when the maps need helpers that are not installed, `unavailable` when the launcher cannot be executed.
 */
export function startSession(root: string | TreePlace, verb: string, work: Work, options: TreeSessionOptions): TreeSession {
  const { launcher, dir, userns, stack, exchange, explain, subject = "the tree" } = options;
  const place = typeof root !== "string" ? root : stack === undefined ? directoryPlace(root, userns) : stackPlace(stack, userns);
  const descriptors = place.descriptors ?? [];
  const plan = treePlan(place, work, exchange === undefined ? undefined : PLACE_FD + descriptors.length);
  const answersFd = namelessFile(dir, new Uint8Array());
  let launch: PipedLaunch;
  try {
    const given = exchange?.take();
    try {
      const socket = exchange === undefined ? [] : [given ?? ("socket" as const)];
      launch = launchPiped(plan, { launcher, dir, extra: [answersFd, ...descriptors, ...socket] });
    } finally {
      if (given !== undefined) closeSync(given);
    }
    if (launch.socket !== undefined) exchange?.give(launch.socket);
  } catch (error) {
    closeSync(answersFd);
    throw error;
  }
  const maps = place.child?.userns;
  const done = launch.ended.then((end): Answers => {
    try {
      return concluded(plan, end, readAnswers(answersFd), { verb, subject, maps, explain });
    } finally {
      closeSync(answersFd);
    }
  });
  done.catch(() => {}); // a session that is thrown away has nobody who asks
  return { launch, finish: () => done };
}

interface Wording {
  readonly verb: string;
  readonly subject: string;
  readonly maps: TreeUserNamespace | undefined;
  readonly explain: TreeSessionOptions["explain"];
}

function concluded(plan: Plan, end: LaunchEnd, answers: Answers, { verb, subject, maps, explain }: Wording): Answers {
  if (answers.failed !== undefined) {
    const message = explain?.(answers.failed) ?? failureText(answers.failed, verb, subject, maps);
    throw new KernelError(message, { errno: answers.failed.errno, field: subject });
  }
  const failure = planFailure(plan, end.records);
  if (failure !== undefined) throw failure;
  if (end.exitCode !== 0) throw new TeuError("kernel", `${verb} ${subject}: the launcher ended with status ${end.exitCode}`);
  return answers;
}

/** The plan: in the caller's namespaces, or in a child that is in those of the place. */
function treePlan(place: TreePlace, work: Work, exchangeFd: number | undefined): Plan {
  const registers = new Registers();
  const at: TreeRegisters = {
    root: registers.named("root"),
    input: registers.named("input"),
    output: registers.named("output"),
    answers: registers.named("answers"),
    exchange: exchangeFd === undefined ? undefined : registers.named("exchange"),
  };
  const opened = [
    op("adopt", { fd: PIPED_FD.input, out: at.input }, "tree"),
    op("adopt", { fd: PIPED_FD.output, out: at.output }, "tree"),
    op("adopt", { fd: PIPED_FD.answers, out: at.answers }, "tree"),
    ...(at.exchange === undefined || exchangeFd === undefined ? [] : [op("adopt", { fd: exchangeFd, out: at.exchange }, "tree")]),
    ...(place.host?.(registers) ?? []),
  ];
  const all = () => [...place.open(registers, at.root), ...work(at, registers)];
  if (place.child === undefined) return { sections: [{ name: "host", ops: [...opened, ...all()] }], registers: registers.names };
  const { flags, userns } = place.child;
  const [near, far] = [registers.named("near"), registers.named("far")];
  const host = [...opened, ...childOps(userns, { near, far, flags }, registers, at)];
  const child = [
    op("close", { fd: near }, "tree"),
    op("await", { channel: far, number: MAPPED }, "tree"),
    ...(userns === undefined ? [] : becomeRootOps()),
    ...all(),
  ];
  return {
    sections: [
      { name: "host", ops: host },
      { name: "child", ops: child },
      ...(place.helper === undefined ? [] : [{ name: "idmap" as const, ops: place.helper(registers) }]),
    ],
    registers: registers.names,
  };
}

function childOps(
  userns: TreeUserNamespace | undefined,
  { near, far, flags }: { readonly near: Register; readonly far: Register; readonly flags: number },
  registers: Registers,
  at: TreeRegisters,
): Op[] {
  const pid = registers.named("pid");
  return [
    op("channel", { a: near, b: far }, "tree"),
    op("clone", { section: 1, flags, cgroup: undefined, pid, pidfd: undefined }, "tree"),
    op("close", { fd: far }, "tree"),
    ...(userns === undefined ? [] : mapChildOps(userns, pid, registers)),
    op("signal", { channel: near, number: MAPPED }, "tree"),
    // The child's alone from now on: whoever is at the other end must see them close when the child ends.
    op("close", { fd: at.input }, "tree"),
    op("close", { fd: at.output }, "tree"),
    op("reap", { pid }, "tree"),
  ];
}

function mapChildOps({ uids, gids, facts }: TreeUserNamespace, pid: Register, registers: Registers): Op[] {
  const [proc, pidDir] = [registers.named("proc"), registers.named("pid dir")];
  return [
    op("open", { dir: undefined, path: "/proc", flags: OPEN_COMMON.O_PATH, mode: 0, out: proc }, "procfs"),
    op("checkFs", { fd: proc, magic: FS_MAGIC.proc, ino: PROC_ROOT_INODE }, { from: "procfs", subject: "/proc" }),
    op("openPid", { proc, pid, out: pidDir }, "tree"),
    ...mapOps({ pid, pidDir, uidMappings: uids, gidMappings: gids }, facts),
  ];
}
