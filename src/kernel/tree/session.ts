// A session on a tree: one launcher with the plan that opens the tree's root, enters a user namespace where one is asked for, and runs
// one op; and what its answers say afterwards.
import { closeSync } from "node:fs";
import { KernelError, TeuError } from "../../base/errors.ts";
import { namelessFile } from "../../base/nameless-file.ts";
import type { IdMapping, Mount } from "../../spec/runtime/config.ts";
import { mapOps } from "../idmap/map-ops.ts";
import { planFailure } from "../launch/failure.ts";
import type { LaunchEnd } from "../launch/launcher.ts";
import { launchPiped, PIPED_FD, type PipedLaunch } from "../launch/piped.ts";
import { type Op, op, type Plan, type Register, Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { overlayOps } from "../rootfs/root-mount.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import { FS_MAGIC, OPEN_COMMON } from "../tables/open-flags.ts";
import { type Answers, failureText, readAnswers } from "./answers.ts";

/** The user namespace that a tree is worked on in: its ids are then those that a container with these maps sees. */
export interface TreeUserNamespace {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
  /** Who the caller is, and where newuidmap(1) and newgidmap(1) are. */
  readonly facts: HostFacts;
}

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
}

export interface TreeStack {
  readonly mount: Mount;
  readonly kernel: HostFacts["kernel"];
}

/** The registers that a session's op works with. */
export interface TreeRegisters {
  readonly root: Register;
  readonly input: Register;
  readonly output: Register;
  readonly answers: Register;
}

export interface TreeSession {
  readonly launch: PipedLaunch;
  /** Waits for the launcher's end. @throws the error that it ended with, in the words of the session. */
  finish(): Promise<Answers>;
}

/** PROC_ROOT_INO */
const PROC_ROOT_INODE = 1;
const MAPPED = 1;

/**
 * Starts a session below the directory `root`, an absolute path of the host.
 * @param verb what is done to an entry: `make`, `read`.
 * @throws TeuError `unsupported` when the maps need helpers that are not installed, `unavailable` when the launcher cannot be executed.
 */
export function startSession(root: string, verb: string, work: (registers: TreeRegisters) => Op, options: TreeSessionOptions): TreeSession {
  const plan = treePlan(root, work, options);
  const answersFd = namelessFile(options.dir, new Uint8Array());
  let launch: PipedLaunch;
  try {
    launch = launchPiped(plan, { launcher: options.launcher, dir: options.dir, answers: answersFd });
  } catch (error) {
    closeSync(answersFd);
    throw error;
  }
  const subject = options.subject ?? "the tree";
  const done = launch.ended.then((end): Answers => {
    try {
      return concluded(plan, end, readAnswers(answersFd), { verb, subject, userns: options.userns });
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
  readonly userns: TreeUserNamespace | undefined;
}

function concluded(plan: Plan, end: LaunchEnd, answers: Answers, { verb, subject, userns }: Wording): Answers {
  if (answers.failed !== undefined) {
    const message = failureText(answers.failed, verb, subject, userns);
    throw new KernelError(message, { errno: answers.failed.errno, field: subject });
  }
  const failure = planFailure(plan, end.records);
  if (failure !== undefined) throw failure;
  if (end.exitCode !== 0) throw new TeuError("kernel", `${verb} ${subject}: the launcher ended with status ${end.exitCode}`);
  return answers;
}

/** The plan: in the caller's namespaces, or in a child that is root of a new user namespace. */
export function treePlan(
  root: string,
  work: (registers: TreeRegisters) => Op,
  { userns, stack }: Pick<TreeSessionOptions, "userns" | "stack">,
): Plan {
  const registers = new Registers();
  const at: TreeRegisters = {
    root: registers.named("root"),
    input: registers.named("input"),
    output: registers.named("output"),
    answers: registers.named("answers"),
  };
  const stacked = stack === undefined ? [] : overlayOps(stack.mount, { registers, root: at.root, kernel: stack.kernel });
  const opened = [
    ...(stack === undefined ? [op("open", { dir: undefined, path: root, flags: OPEN_COMMON.O_PATH, mode: 0, out: at.root }, "tree")] : []),
    op("adopt", { fd: PIPED_FD.input, out: at.input }, "tree"),
    op("adopt", { fd: PIPED_FD.output, out: at.output }, "tree"),
    op("adopt", { fd: PIPED_FD.answers, out: at.answers }, "tree"),
  ];
  if (userns === undefined) return { sections: [{ name: "host", ops: [...opened, ...stacked, work(at)] }], registers: registers.names };
  const [near, far] = [registers.named("near"), registers.named("far")];
  // fsopen(2) wants the rights of whoever owns the mount namespace.
  const flags = namespaceFacts("user").flag | (stack === undefined ? 0 : namespaceFacts("mount").flag);
  const host = [...opened, ...namespaceOps(userns, { near, far, flags }, registers, at)];
  const child = [
    op("close", { fd: near }, "tree"),
    op("await", { channel: far, number: MAPPED }, "tree"),
    op("setgid", { gid: 0 }, { from: "tree", tolerate: ["EINVAL"] }),
    op("setuid", { uid: 0 }, { from: "tree", tolerate: ["EINVAL"] }),
    ...stacked,
    work(at),
  ];
  return {
    sections: [
      { name: "host", ops: host },
      { name: "child", ops: child },
    ],
    registers: registers.names,
  };
}

function namespaceOps(
  { uids, gids, facts }: TreeUserNamespace,
  { near, far, flags }: { readonly near: Register; readonly far: Register; readonly flags: number },
  registers: Registers,
  at: TreeRegisters,
): Op[] {
  const [proc, pid, pidDir] = [registers.named("proc"), registers.named("pid"), registers.named("pid dir")];
  return [
    op("open", { dir: undefined, path: "/proc", flags: OPEN_COMMON.O_PATH, mode: 0, out: proc }, "procfs"),
    op("checkFs", { fd: proc, magic: FS_MAGIC.proc, ino: PROC_ROOT_INODE }, { from: "procfs", subject: "/proc" }),
    op("channel", { a: near, b: far }, "tree"),
    op("clone", { section: 1, flags, cgroup: undefined, pid, pidfd: undefined }, "tree"),
    op("close", { fd: far }, "tree"),
    op("openPid", { proc, pid, out: pidDir }, "tree"),
    ...mapOps({ pid, pidDir, uidMappings: uids, gidMappings: gids }, facts),
    op("signal", { channel: near, number: MAPPED }, "tree"),
    // The child's alone from now on: whoever is at the other end must see them close when the child ends.
    op("close", { fd: at.input }, "tree"),
    op("close", { fd: at.output }, "tree"),
    op("reap", { pid }, "tree"),
  ];
}
