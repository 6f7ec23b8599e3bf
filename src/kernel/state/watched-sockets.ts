// The other side of watched-program.ts: what a watched program has of its watcher. Numbers of descriptors that nothing else has at its start.
import { fstatSync, readSync, writeSync } from "node:fs";

/** A byte that is sent there means: keep what I listen on; one comes back when that is done. */
export const WATCHER_FD = 499;
/** Sockets of one that was killed, in pairs. */
export const FIRST_PASSED_FD = 500;

/** Sockets of one address and port. */
export interface PassedSockets {
  readonly udp: number;
  readonly tcp: number;
}

export const isWatched = (): boolean => isSocket(WATCHER_FD);

/** What the program that was killed listened on; to be adopted or closed. */
export function passedSockets(): readonly PassedSockets[] {
  const passed: PassedSockets[] = [];
  if (!isWatched()) return passed;
  for (let udp = FIRST_PASSED_FD; isSocket(udp) && isSocket(udp + 1); udp += 2) passed.push({ udp, tcp: udp + 1 });
  return passed;
}

/** Has the watcher keep the sockets that this process listens on now, and no others: where one was closed, its port is free when this returns. */
export function keepSockets(): void {
  if (!isWatched()) return;
  try {
    writeSync(WATCHER_FD, "k");
    readSync(WATCHER_FD, new Uint8Array(1));
  } catch {
    // it was killed: the next server begins anew
  }
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}
