// A document for tests: a container of `box` that asks for nothing.
import { parseDigest } from "../../base/digest.ts";
import type { ContainerDocument } from "./document.ts";
import { NO_RESTART } from "./life.ts";
import { DEFAULT_LOG } from "./log.ts";

export const EXAMPLE_ID = "0123456789abcdef".repeat(4);

export function exampleDocument(change: Partial<ContainerDocument> = {}): ContainerDocument {
  return {
    version: 2,
    id: EXAMPLE_ID,
    created: "2026-01-02T03:04:05.678Z",
    root: {
      kind: "image",
      name: "box",
      id: parseDigest(`sha256:${"1".repeat(64)}`),
      manifest: parseDigest(`sha256:${"2".repeat(64)}`),
      layers: ["/r/layers/aa/fs", "/r/layers/bb/fs"],
    },
    options: {
      args: ["sh", "-c", "sleep 1"],
      entrypoint: 1,
      terminal: false,
      env: ["A=1"],
      cwd: "/",
      readonlyRoot: false,
      resources: {},
      rlimits: [],
      capAdd: [],
      capDrop: [],
    },
    user: { user: "", groupAdd: [] },
    seccomp: "default",
    stdio: { open: false, attach: ["stdout", "stderr"] },
    mounts: [],
    network: { mode: { kind: "none" }, exposed: [], ports: [], publishAll: false, dns: [], dnsSearch: [], dnsOptions: [], extraHosts: [] },
    life: { remove: false, restart: NO_RESTART, init: false },
    log: DEFAULT_LOG,
    labels: {},
    birth: { runRoot: "/run", boot: "b", creator: { pid: 1, start: "1" } },
    ...change,
  };
}
