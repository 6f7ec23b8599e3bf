// One look at an engine's networks: after one command of teu that looks after what others have left, rows, kernel, files and packets say the same.

import { join } from "node:path";
import { currentRootlessNetwork } from "../../../src/engine/networks/rootless/network.ts";
import { namespacePaths } from "../../../src/engine/networks/rootless/uplink.ts";
import type { Lab } from "../../network/lab/lab.ts";
import { eventually } from "../../support/run.ts";
import { differences, entries, fileDifferences, kernelDifferences } from "./kernel.ts";
import { pidsOf } from "./processes.ts";
import { reachDifferences } from "./reach.ts";
import { type Rows, readRows } from "./rows.ts";

/** What no user should ever read. */
export const SHAMEFUL = /TypeError|ReferenceError|undefined|SQLITE|internal error|state\.json|EBUSY|at .*\.ts:\d+/;

/** Ends are settled in the background, and the kernel takes links away in its own time. */
const SETTLED_MS = 6_000;

/** @throws Error that says what is not so */
export async function look(lab: Lab, { rootless }: { readonly rootless: boolean }): Promise<void> {
  const recovered = await lab.teu(["ps", "-a"]);
  if (recovered.status !== 0 || SHAMEFUL.test(recovered.stderr)) throw new Error(`ps -a: ${recovered.stderr}`);
  let left: readonly string[] = [];
  const whole = async () => {
    // A process whose namespace is looked into may end meanwhile.
    left = await lookOnce(lab, rootless).catch((error: unknown) => [String(error)]);
    return left.length === 0;
  };
  await eventually("rows and kernel say the same", whole, SETTLED_MS).catch(() => {
    throw new Error(`not so:\n  ${left.join("\n  ")}\n${recovered.stderr}`);
  });
}

async function lookOnce(lab: Lab, rootless: boolean): Promise<readonly string[]> {
  const rows = readRows(lab.roots.root);
  const pids = await runningContainers(lab, rows);
  const placed = new Set(rows.endpoints.map(({ container }) => container));
  const left = [
    ...differences(
      "place",
      rows.attachments.filter((one) => pids.has(one.split(" ")[0] ?? "")),
      rows.endpoints.map(({ container, network }) => `${container} ${network.id}`),
    ),
    ...differences("run", pids.keys(), entries(lab.roots.runRoot, "containers")),
    ...fileDifferences(lab, rows, rootless),
    ...processDifferences(
      lab,
      rows.endpoints.some(({ network }) => network.names),
    ),
  ];
  const bridges = bridgesIn(lab, rootless);
  if (bridges === undefined) return [...left, ...(placed.size === 0 ? [] : ["the user's network namespace is missing"])];
  const enter = (argv: readonly string[]) => lab.in("peer", ["nsenter", `--net=${bridges}`, "--", ...argv]);
  left.push(...(await kernelDifferences(lab, rows, enter)));
  return left.length > 0 ? left : await reachDifferences(lab, rows, { of: (id) => `/proc/${pids.get(id)}/ns/net`, bridges });
}

/** Their pids, by their ids. */
async function runningContainers(lab: Lab, { containers }: Rows): Promise<ReadonlyMap<string, number>> {
  if (containers.length === 0) return new Map();
  const { stdout } = await lab.teu(["inspect", "-f", "{{.Id}} {{.State.Pid}} {{.State.Status}}", ...containers]);
  const told = stdout.split("\n").map((line) => line.split(" "));
  return new Map(told.flatMap(([id = "", pid, status]) => (status === "running" ? [[id, Number(pid)]] : [])));
}

/** Undefined where a user has none. */
function bridgesIn(lab: Lab, rootless: boolean): string | undefined {
  if (!rootless) return lab.namespace("host");
  const { runRoot } = lab.roots;
  const found = currentRootlessNetwork({ runRoot, runtime: { root: join(runRoot, "containers") } });
  return found === undefined ? undefined : namespacePaths(found).network;
}

/** One name server, where there are names; it lingers where there are none any more. */
function processDifferences({ roots }: Lab, named: boolean): string[] {
  const servers = pidsOf(roots, "name server").length;
  return servers > 1 || (named && servers === 0) ? [`${servers} name servers`] : [];
}
