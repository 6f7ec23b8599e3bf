// Netlink outside of a container's launch: networks made and taken away, a running container connected to one more, tables of the kernel read,
// settings in /proc/sys written. A small plan of its own, whose steps are carried out in order until one fails.
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import type { Errno } from "../../../base/errno.ts";
import { TeuError } from "../../../base/errors.ts";
import { namelessFile } from "../../../base/nameless-file.ts";
import { openProcOps } from "../../compile/proc.ts";
import { launchNow } from "../../launch/launch-now.ts";
import { FIRST_EXTRA_FD } from "../../launch/launcher.ts";
import { adoptHolderOps, enterHolderNetworkOps, enterHolderUserOps } from "../../namespaces/holder-ops.ts";
import { acknowledgements, encodeMessages, type Message, messageChunks, NAMESPACE, NETLINK_NETFILTER } from "../../netlink/message.ts";
import { inBatch } from "../../netlink/wiring/file.ts";
import type { Described } from "../../netlink/wiring/wiring.ts";
import { type Item, type Op, op, type Piece, type Plan, type Register, Registers } from "../../plan/plan.ts";
import { namespaceFacts } from "../../tables/namespaces.ts";
import { OPEN_COMMON } from "../../tables/open-flags.ts";
import type { RuntimeContext } from "../context.ts";
import { isAlive } from "../process.ts";
import { type NamespaceHolder, openNamespaces } from "./open-namespaces.ts";

/** A network namespace: that of a process (with its start time: of no other process), or one at a path. */
export type NetworkNamespace = { readonly pid: number; readonly start?: string } | { readonly path: string };

interface Place {
  /** Where it is done; where the plan begins when absent. */
  readonly namespace?: NetworkNamespace;
}

export interface NetlinkRequest extends Place {
  readonly protocol: number;
  /** rtnetlink's are sent one by one; nf_tables' are one batch, whose ends need not be given. */
  readonly messages: readonly Described[];
  /** Answers that count as success, of every message, or of the batch. */
  readonly tolerate?: readonly Errno[];
  /** A batch that gets such an answer, which fails as a whole, is sent again message by message. Each batch that removes takes the kernel 10 ms. */
  readonly each?: boolean;
}

export interface DumpRequest extends Place {
  readonly protocol: number;
  readonly request: Message;
}

/** A file below /proc/sys, `net/ipv4/ip_forward`. */
export interface SysctlRequest extends Place {
  readonly path: string;
  readonly value: string;
  readonly tolerate?: readonly Errno[];
}

export type NetworkStep = { readonly send: NetlinkRequest } | { readonly dump: DumpRequest } | { readonly sysctl: SysctlRequest };

interface Surroundings {
  /** What error sentences begin with: `bring network web up`. */
  readonly doing?: string;
  /** The user and network namespace that the plan begins in: an ordinary user's networks are there. */
  readonly within?: NamespaceHolder;
  /** What NAMESPACE in a message stands for. */
  readonly container?: NetworkNamespace;
}

export interface NetworkWork extends Surroundings {
  readonly steps: readonly NetworkStep[];
}

/** @throws KernelError naming the message that the kernel refused; those before it are done, those behind it are not */
export function sendNetlink(context: RuntimeContext, request: NetlinkRequest & Surroundings): void {
  workOnNetwork(context, { ...request, steps: [{ send: request }] });
}

/** @returns the messages of the kernel's answer, as dumpRequest's decoders read them */
export function dumpNetlink(context: RuntimeContext, request: DumpRequest & Surroundings): Uint8Array {
  return workOnNetwork(context, { ...request, steps: [{ dump: request }] })[0] ?? new Uint8Array();
}

/**
 * Carries the steps out, one after another, in one launcher.
 * @returns what the dumps gave, in order
 * @throws KernelError of the first step that fails; TeuError `unavailable` when a process whose namespace is meant is gone
 */
export function workOnNetwork(context: RuntimeContext, work: NetworkWork): Uint8Array[] {
  if (work.steps.length === 0) return [];
  mkdirSync(context.root, { recursive: true, mode: 0o711 });
  const fds = new Descriptors();
  try {
    const held = work.within === undefined ? undefined : openNamespaces(work.within);
    if (held !== undefined) fds.closes(held.close);
    const within = held === undefined ? undefined : { user: fds.pass(held.user), network: fds.pass(held.network) };
    const plan = new WorkPlan(context, work, fds);
    launchNow(plan.plan(within), { launcher: context.launcher, dir: context.root, extra: fds.passed });
    return plan.dumps.map((fd) => new Uint8Array(readFileSync(`/proc/self/fd/${fd}`)));
  } finally {
    fds.close();
  }
}

/** Descriptors that the launcher is given, and what is closed in the end. */
class Descriptors {
  readonly passed: number[] = [];
  readonly #closers: (() => void)[] = [];

  closes(close: () => void): void {
    this.#closers.push(close);
  }

  /** The number that the descriptor has in the launcher. */
  pass(fd: number): number {
    return FIRST_EXTRA_FD + this.passed.push(fd) - 1;
  }

  /** A descriptor of ours, closed in the end. */
  own(fd: number): number {
    this.closes(() => closeSync(fd));
    return fd;
  }

  close(): void {
    for (const close of this.#closers) close();
  }
}

class WorkPlan {
  readonly dumps: number[] = [];
  readonly #registers = new Registers();
  readonly #adopted: Op[] = [];
  readonly #context: RuntimeContext;
  readonly #work: NetworkWork;
  readonly #fds: Descriptors;

  constructor(context: RuntimeContext, work: NetworkWork, fds: Descriptors) {
    this.#context = context;
    this.#work = work;
    this.#fds = fds;
  }

  plan(within: { readonly user: number; readonly network: number } | undefined): Plan {
    const registers = this.#registers;
    const { container, steps } = this.#work;
    const target = container === undefined ? undefined : this.#namespace(container);
    const work = steps.flatMap((step) => this.#in(placeOf(step), this.#stepOps(step, target)));
    const ops = [
      ...(within === undefined ? [] : adoptHolderOps(within, registers)),
      ...this.#adopted,
      ...openProcOps(registers.named("proc"), this.#context.facts().arch),
      ...(within === undefined ? [] : [...enterHolderUserOps(registers), ...enterHolderNetworkOps(registers)]),
      op(
        "open",
        { dir: registers.named("proc"), path: "self/ns/net", flags: OPEN_COMMON.O_RDONLY, mode: 0, out: registers.named("home") },
        this.#from,
      ),
      ...work,
    ];
    return { sections: [{ name: "host", ops }], registers: registers.names };
  }

  get #from(): string {
    return this.#work.doing ?? "network";
  }

  /** Ops between entering a namespace and coming back. */
  #in(namespace: NetworkNamespace | undefined, ops: readonly Op[]): readonly Op[] {
    if (namespace === undefined) return ops;
    const types = namespaceFacts("network").flag;
    const policy = { from: this.#from, subject: "network namespace" };
    return [
      op("setns", { fd: this.#namespace(namespace), types }, policy),
      ...ops,
      op("setns", { fd: this.#registers.named("home"), types }, policy),
    ];
  }

  #namespace(namespace: NetworkNamespace): Register {
    const path = "path" in namespace ? namespace.path : `/proc/${namespace.pid}/ns/net`;
    const known = this.#registers.names.includes(path);
    const register = this.#registers.named(path);
    if (!known) {
      const fd = this.#fds.pass(this.#fds.own(openNamespace(namespace, path, this.#from)));
      this.#adopted.push(op("adopt", { fd, out: register }, this.#from));
    }
    return register;
  }

  #stepOps(step: NetworkStep, target: Register | undefined): readonly Op[] {
    if ("send" in step) return this.#sendOps(step.send, target);
    if ("sysctl" in step) return [this.#sysctlOp(step.sysctl)];
    const { protocol, request } = step.dump;
    const fd = this.#fds.own(namelessFile(this.#context.root, new Uint8Array()));
    this.dumps.push(fd);
    const to = this.#registers.named(`dump ${this.dumps.length}`);
    this.#adopted.push(op("adopt", { fd: this.#fds.pass(fd), out: to }, this.#from));
    return [op("netlinkDump", { protocol, request: encodeMessages([request]), to }, { from: this.#from, subject: "the kernel's table" })];
  }

  #sendOps({ protocol, messages, tolerate = [], each = false }: NetlinkRequest, target: Register | undefined): readonly Op[] {
    if (messages.length === 0) return [];
    const single = messages.map((message) => [message]);
    const batches = protocol !== NETLINK_NETFILTER ? single : [inBatch(messages), ...(each ? single.map(inBatch) : [])];
    return batches.map((batch, index) => {
      const tolerated = [...new Set([...tolerate, ...(batch.length === 1 ? (batch[0]?.tolerate ?? []) : [])])];
      const sent = batch.map(({ message }) => message);
      const items = batch.map(({ subject }) => this.#item(subject));
      const args = { protocol, messages: this.#pieces(sent, target), acks: acknowledgements(sent) };
      return op("netlink", args, {
        from: this.#from,
        items,
        ...(tolerated.length === 0 ? {} : { tolerate: tolerated }),
        ...(each && index > 0 ? { fallback: true } : {}),
      });
    });
  }

  #sysctlOp({ path, value, tolerate }: SysctlRequest): Op {
    const args = { dir: this.#registers.named("proc"), path: `sys/${path}`, data: [value] };
    const items = [this.#item(`write ${value} to /proc/sys/${path}`)];
    return op("write", args, { from: this.#from, items, ...(tolerate === undefined ? {} : { tolerate }) });
  }

  #item(subject: string): Item {
    return { doing: this.#work.doing ?? "set up the network", subject };
  }

  #pieces(messages: readonly Message[], target: Register | undefined): Piece[] {
    return messageChunks(messages).map((chunk) => {
      if (chunk !== NAMESPACE) return chunk;
      if (target === undefined) throw new TeuError("internal", "a message names the container's network namespace, which is not given");
      return { u32: target };
    });
  }
}

function placeOf(step: NetworkStep): NetworkNamespace | undefined {
  if ("send" in step) return step.send.namespace;
  return "dump" in step ? step.dump.namespace : step.sysctl.namespace;
}

/** The identity is looked at when the namespace is open: until then the pid meant this process. */
function openNamespace(namespace: NetworkNamespace, path: string, doing: string): number {
  const gone = (cause?: unknown) =>
    new TeuError(
      "unavailable",
      "path" in namespace
        ? `${doing}: enter the network namespace ${path}: it is gone`
        : `${doing}: enter the network namespace of process ${namespace.pid}: it has ended; its container is not running`,
      { cause },
    );
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (cause) {
    throw gone(cause);
  }
  if ("path" in namespace || namespace.start === undefined || isAlive(namespace.pid, namespace.start)) return fd;
  closeSync(fd);
  throw gone();
}
