// The container's terminal: a pty of its own devpts, whose outer side goes to the console socket or to the monitor.

import type { Process } from "../../spec/runtime/config.ts";
import { type Op, op, type Register } from "../plan/plan.ts";
import { FS_MAGIC, OPEN_COMMON } from "../tables/open-flags.ts";
import type { ProcessRequest } from "./request.ts";

const FIELD = "process.terminal";

export interface TerminalSlots {
  readonly console: Register;
  readonly far: Register;
  readonly devpts: Register;
  readonly ptyMaster: Register;
  readonly ptySlave: Register;
}

/** Host section: connects to the console socket while its path is the caller's. */
export function connectConsoleOps({ console }: ProcessRequest, slots: Pick<TerminalSlots, "console">): Op[] {
  if (console?.kind !== "socket") return [];
  return [op("connect", { path: console.path, out: slots.console }, { from: "--console-socket", subject: console.path })];
}

/**
 * Opens a terminal in the devpts that register `devpts` holds, once it is seen to be one.
 * The window has the size that `consoleSize` gives.
 */
export function openTerminalOps({ consoleSize }: Process, slots: TerminalSlots): Op[] {
  const { height: rows = 0, width: cols = 0 } = consoleSize ?? {};
  return [
    op("checkFs", { fd: slots.devpts, magic: FS_MAGIC.devpts, ino: 0 }, { from: FIELD, subject: "/dev/pts" }),
    op("pty", { devpts: slots.devpts, rows, cols, master: slots.ptyMaster, slave: slots.ptySlave }, FIELD),
    op("close", { fd: slots.devpts }, FIELD),
  ];
}

/** Opens the devpts of a container whose root, or own root directory, is in register `root`. */
export function openDevptsOp(root: Register, slots: Pick<TerminalSlots, "devpts">): Op {
  return op(
    "openIn",
    { root, path: "/dev/pts", flags: OPEN_COMMON.O_PATH, mode: 0, resolve: 0, out: slots.devpts },
    { from: FIELD, subject: "/dev/pts" },
  );
}

/** Hands the outer side over and makes the inner one the process's controlling terminal and stdio. */
export function giveTerminalOps({ console }: ProcessRequest, slots: TerminalSlots): Op[] {
  const channel = console?.kind === "socket" ? slots.console : slots.far;
  return [
    op("sendFd", { channel, fd: slots.ptyMaster, data: ["/dev/ptmx"] }, FIELD),
    op("close", { fd: slots.ptyMaster }, FIELD),
    op("ctty", { slave: slots.ptySlave }, FIELD),
  ];
}
