// Writes a user namespace's maps (user_namespaces(7)): by hand where the caller may, by newuidmap(1) and newgidmap(1) where not.
import { TeuError } from "../../base/errors.ts";
import type { IdMapping } from "../../spec/runtime/config.ts";
import { type Op, op, type Register } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";

export interface MapTarget {
  /** The process whose user namespace is mapped, and its /proc directory, in registers. */
  readonly pid: Register;
  readonly pidDir: Register;
  readonly uidMappings: readonly IdMapping[];
  readonly gidMappings: readonly IdMapping[];
}

const HELPER_TIMEOUT_MS = 10_000;
/** Where newuidmap takes the pid: its first argument. */
const PID_ARGUMENT = 1;

/** The text that uid_map and gid_map take: a line a mapping. */
export function mapText(mappings: readonly IdMapping[]): string {
  return mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join("");
}

/**
 * Ops of the host section that map the target's user namespace. The group map follows the user map, and setgroups(2) is
 * switched off only where the kernel demands it: an unprivileged caller who maps its own group (CVE-2014-8989).
 * @throws TeuError `unsupported` when the maps need helpers that are not installed.
 */
export function mapOps(target: MapTarget, facts: HostFacts): Op[] {
  return [...oneMap("uid", target, facts), ...oneMap("gid", target, facts)];
}

function oneMap(kind: "uid" | "gid", target: MapTarget, facts: HostFacts): Op[] {
  const mappings = kind === "uid" ? target.uidMappings : target.gidMappings;
  const from = `linux.${kind}Mappings`;
  const direct = op(
    "write",
    { dir: target.pidDir, path: `${kind}_map`, data: [mapText(mappings)] },
    { from, subject: `/proc/PID/${kind}_map` },
  );
  if (!facts.rootless) return [direct];
  if (mapsOnlySelf(mappings, kind === "uid" ? facts.uid : facts.gid)) {
    const deny = op("write", { dir: target.pidDir, path: "setgroups", data: ["deny"] }, { from, subject: "/proc/PID/setgroups" });
    return kind === "gid" ? [deny, direct] : [direct];
  }
  const helper = kind === "uid" ? facts.subordinate.newuidmap : facts.subordinate.newgidmap;
  if (helper === undefined) {
    throw new TeuError(
      "unsupported",
      `map the container's ${kind}s: ${from}: more than the caller's own ${kind} needs new${kind}map, which is not installed (Debian: uidmap)`,
    );
  }
  const numbers = mappings.flatMap(({ containerID, hostID, size }) => [`${containerID}`, `${hostID}`, `${size}`]);
  return [
    op(
      "run",
      { path: helper, argv: [helper, "", ...numbers], env: [], stdin: [], timeout: HELPER_TIMEOUT_MS, hole: PID_ARGUMENT, pid: target.pid },
      { from, subject: helper },
    ),
  ];
}

/** The one map that the kernel lets an unprivileged process write: a single id, its own. */
function mapsOnlySelf(mappings: readonly IdMapping[], own: number): boolean {
  const [only] = mappings;
  return mappings.length === 1 && only !== undefined && only.size === 1 && only.hostID === own;
}
