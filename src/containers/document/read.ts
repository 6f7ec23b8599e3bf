// The document of a container as it was stored, in a database or a file of mode 0600 that only the engine's user can write to.
import { TeuError } from "../../base/errors.ts";
import { flawOf } from "./check.ts";
import type { ContainerDocument } from "./document.ts";
import { NO_RESTART } from "./life.ts";

/** @throws TeuError `unsupported` for the document of another version, `internal` for one that is none, or not whole */
export function readDocument(text: string, id: string): ContainerDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(id, "it is no JSON", cause);
  }
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (typeof version === "number" && version !== 2)
    throw new TeuError("unsupported", `read the configuration of container ${id}: it was written by another version of teu`);
  const flaw = version === 2 ? flawOf(value) : "version";
  if (flaw !== undefined) throw damaged(id, `its field ${flaw} is missing, or not what it must be`);
  return value as ContainerDocument; // looked at wherever something relies on it
}

function damaged(id: string, why: string, cause?: unknown): TeuError {
  const advice = "mend it with: teu system check --repair, or remove the container with: teu rm --force";
  return new TeuError("internal", `read the configuration of container ${id}: it is damaged: ${why}; ${advice}`, { cause });
}

/** Stands where a document cannot be read: of a container that can be listed and removed, and nothing else. */
export function standIn({ id, created }: { readonly id: string; readonly created: number }): ContainerDocument {
  return {
    version: 2,
    id,
    created: new Date(created).toISOString(),
    root: { kind: "directory", path: "/" },
    options: {
      args: [],
      terminal: false,
      env: [],
      cwd: "/",
      readonlyRoot: true,
      resources: {},
      rlimits: [],
      capAdd: [],
      capDrop: [],
    },
    user: { user: "", groupAdd: [] },
    seccomp: "default",
    stdio: { open: false, attach: [] },
    mounts: [],
    network: { mode: { kind: "none" }, exposed: [], ports: [], publishAll: false, dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [] },
    life: { remove: false, restart: NO_RESTART, init: false },
    log: { driver: "none", maxSize: 0, maxFiles: 1, compress: false, options: {} },
    labels: {},
    birth: { runRoot: "", boot: "", creator: { pid: 0, start: "0" } },
  };
}
