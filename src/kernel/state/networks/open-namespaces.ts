// Opens the user and the network namespace that a process holds (hold-namespaces.ts): by descriptor they are what was meant, whatever the pid
// comes to mean.
import { closeSync, openSync, readdirSync, readlinkSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";
import { isAlive } from "../process.ts";
import type { IdMaps } from "../side-plan.ts";

/** Where both namespaces are found, as plain JSON. */
export interface NamespaceHolder {
  /** The holder, or the monitor of a container that is connected to networks in there. */
  readonly pid: number;
  /** Its start time, in clock ticks after boot: with the pid, an identity. */
  readonly start: string;
  /** True of a monitor: it is outside, and has the namespaces as descriptors. */
  readonly monitor?: true;
  /** How the user namespace's ids are mapped to the host's. */
  readonly maps: IdMaps;
}

/** Both namespaces, open; the caller closes them. */
export interface OpenNamespaces {
  readonly user: number;
  readonly network: number;
  close(): void;
}

/**
 * Opens the namespaces of a holder.
 * @throws TeuError `unavailable` when it is gone
 */
export function openNamespaces(holder: NamespaceHolder): OpenNamespaces {
  const opened: number[] = [];
  const open = (path: string | undefined): number => {
    if (path === undefined) throw gone(holder);
    const fd = openSync(path, "r");
    opened.push(fd);
    return fd;
  };
  const close = () => {
    for (const fd of opened) closeSync(fd);
  };
  try {
    const namespaces = { user: open(pathOf(holder, "user")), network: open(pathOf(holder, "net")), close };
    if (!isAlive(holder.pid, holder.start)) throw gone(holder); // looked at last: until then the pid meant this process
    return namespaces;
  } catch (cause) {
    close();
    throw cause instanceof TeuError ? cause : gone(holder, cause);
  }
}

function gone({ pid }: NamespaceHolder, cause?: unknown): TeuError {
  return new TeuError("unavailable", `enter the user's network namespace: process ${pid}, which held it, is gone`, { cause });
}

/** A monitor's are among its descriptors. */
function pathOf({ pid, monitor }: NamespaceHolder, kind: "user" | "net"): string | undefined {
  if (monitor !== true) return `/proc/${pid}/ns/${kind}`;
  const dir = `/proc/${pid}/fd`;
  return readdirSync(dir)
    .map((fd) => `${dir}/${fd}`)
    .find((path) => isNamespace(path, kind));
}

/** Of a descriptor that may be closed meanwhile: a monitor opens and closes others. */
export function isNamespace(path: string, kind: "user" | "net"): boolean {
  try {
    return readlinkSync(path).startsWith(`${kind}:[`);
  } catch {
    return false;
  }
}
