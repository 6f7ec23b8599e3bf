// How a host section begins and ends: the launcher leaves the container to its caller, or stays as its monitor.
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { REPORT } from "../plan/report.ts";
import { BARRIER, type ProcessRequest } from "./request.ts";
import { carriedStreams, holdStreamsOps, openStreamsOps } from "./streams.ts";

export const ATTACH_SOCKET = "attach.sock";

export interface KeeperSlots {
  /** The state directory. */
  readonly state: Register;
  /** The launcher's end of the channel to the container's process. */
  readonly near: Register;
  readonly pid: Register;
  readonly pidfd: Register;
  readonly ptyMaster: Register;
  /** The monitor's socket for attach clients, and the client that is there from the start. */
  readonly attach: Register;
  readonly client: Register;
}

function servesTerminal(request: ProcessRequest): boolean {
  return request.keeper === "monitor" && request.console?.kind === "monitor";
}

/** Whether others may attach later: to a container, not to a process that joined it. */
function servesOthers(request: ProcessRequest): boolean {
  return (servesTerminal(request) || carriedStreams(request) !== undefined) && request.monitor?.writesExit !== false;
}

/** What a monitor is made for: the process, its configuration's container, and the registers of their plan. */
export interface KeeperContext {
  readonly request: ProcessRequest & { readonly config: RuntimeConfig };
  readonly registers: Registers;
  readonly slots: KeeperSlots;
}

/** The first ops of a monitor: a session of its own, so that it outlives the caller's terminal, its sockets and its pipes. */
export function prepareKeeperOps({ request, slots, registers }: KeeperContext): Op[] {
  if (request.keeper !== "monitor") return [];
  const { clientFd } = request.monitor ?? {};
  return [
    op("setsid", {}, { from: "monitor", tolerate: ["EPERM"] }), // EPERM: it leads a session already
    ...(servesOthers(request) ? [op("listen", { dir: slots.state, name: ATTACH_SOCKET, out: slots.attach }, "attach")] : []),
    ...(clientFd === undefined ? [] : [op("adopt", { fd: clientFd, out: slots.client }, "attach")]),
    ...openStreamsOps(request, request.config, registers),
  ];
}

/** Takes the terminal from the process that opened it; it was sent before that process's next barrier. */
export function takeTerminalOps(request: ProcessRequest, slots: KeeperSlots): Op[] {
  return servesTerminal(request) ? [op("recvFd", { channel: slots.near, out: slots.ptyMaster }, "process.terminal")] : [];
}

/**
 * The last ops of a host section.
 * @param afterStart what must work once the program runs (poststart hooks), or the container is ended again.
 */
export function keeperOps({ request, slots, registers }: KeeperContext, afterStart: readonly Op[]): Op[] {
  const done = op("report", { kind: REPORT.done, value: slots.pid }, "report");
  if (request.keeper === "create") return [op("await", { channel: slots.near, number: BARRIER.ready }, "hand-shake"), done];
  const executed = op("await", { channel: slots.near, number: BARRIER.executed }, { from: "process.args", subject: "to execute" });
  if (request.keeper === "detach") return [executed, ...afterStart, done];
  const terminal = servesTerminal(request);
  return [
    executed,
    ...afterStart,
    ...holdStreamsOps(request, registers),
    done,
    op(
      "monitor",
      {
        pid: slots.pid,
        pidfd: slots.pidfd,
        pty: terminal ? slots.ptyMaster : undefined,
        listener: servesOthers(request) ? slots.attach : undefined,
        client: request.monitor?.clientFd === undefined ? undefined : slots.client,
        dir: request.monitor?.writesExit === false ? undefined : slots.state,
        onExit: request.monitor?.onExit ?? [],
        attended: request.monitor?.attended === true ? 1 : 0,
      },
      "monitor",
    ),
  ];
}
