// The ops that load a compiled profile and, for SCMP_ACT_NOTIFY, hand its descriptor to the listener (runtime-spec
// config-linux.md, "Seccomp" and "The Container Process State").
import type { RuntimeConfig, Seccomp } from "../../spec/runtime/config.ts";
import { OCI_VERSION } from "../../spec/runtime/version.ts";
import { type Op, op, type Piece, type Register, type Registers } from "../plan/plan.ts";
import type { SeccompProgram } from "./compile.ts";

/** Whose filter it is, for the listener. */
export interface SeccompContext {
  readonly registers: Registers;
  readonly config: RuntimeConfig;
  readonly id: string;
  readonly bundle: string;
  /** `creating` for the container's own process, `running` for one that joins it. */
  readonly status: string;
  /** Pid of the process that loads the filter, as the runtime sees it: a register that another process sent, not getPid's. */
  readonly process: Piece;
  /** Pid of the container's first process, as the runtime sees it; the same for that process itself. */
  readonly container: Piece;
}

const AGENT = "seccomp agent";
const LISTENER = "seccomp listener";

/**
 * Connects to the listener: to be placed where the host's paths still mean what the configuration says, before the root is
 * changed. None without SCMP_ACT_NOTIFY, where the specification ignores listenerPath.
 */
export function seccompListenerOps(seccomp: Seccomp, program: SeccompProgram, registers: Registers): Op[] {
  const { listenerPath } = seccomp;
  if (!program.notify || listenerPath === undefined) return [];
  const from = { from: "linux.seccomp.listenerPath", subject: `seccomp listener ${listenerPath}` };
  return [op("connect", { path: listenerPath, out: seccompAgent(registers) }, from)];
}

/** The connection to the listener, which must be open still when the filter is loaded. */
export function seccompAgent(registers: Registers): Register {
  return registers.named(AGENT);
}

/**
 * Loads the filter and sends the listener its descriptor. Needs no_new_privs or CAP_SYS_ADMIN in the process's user
 * namespace (seccomp(2)). Both descriptors are close-on-exec, so the connection ends, as the specification asks, when the container's program begins;
 * a close here could wait for the listener itself.
 */
export function seccompLoadOps(seccomp: Seccomp, program: SeccompProgram, context: SeccompContext): Op[] {
  const { flags, program: bytes, notify } = program;
  if (!notify) return [op("seccomp", { flags, program: bytes, listener: undefined }, "linux.seccomp")];
  const listener = context.registers.named(LISTENER);
  const data = processState(seccomp, context);
  const from = { from: "linux.seccomp.listenerPath", subject: `seccomp listener ${seccomp.listenerPath}` };
  return [
    op("seccomp", { flags, program: bytes, listener }, "linux.seccomp"),
    op("sendFd", { channel: seccompAgent(context.registers), fd: listener, data }, from),
  ];
}

/** The container process state as JSON, with the pids put in at run time. */
function processState(seccomp: Seccomp, { config, id, bundle, status, process, container }: SeccompContext): Piece[] {
  const { listenerMetadata: metadata } = seccomp;
  const head = JSON.stringify({ ociVersion: OCI_VERSION, fds: ["seccompFd"], ...(metadata === undefined ? {} : { metadata }) });
  const state = JSON.stringify({ ociVersion: config.ociVersion, id, status, bundle, annotations: config.annotations ?? {} });
  return [open(head), ',"pid":', process, ',"state":', open(state), ',"pid":', container, "}}"];
}

/** The text of a JSON object without its closing brace, so that a member can follow. */
function open(object: string): string {
  return object.slice(0, -"}".length);
}
