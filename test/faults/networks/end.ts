// After everything was removed nothing is left of networks but what is meant to stay: the rows of predefined networks, locks and markers.
import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { join } from "node:path";
import type { Lab } from "../../network/lab/lab.ts";
import { eventually } from "../../support/run.ts";
import { entries } from "./kernel.ts";
import { pidsOf, type Victim } from "./processes.ts";

const SERVERS: readonly Victim[] = ["monitor", "supervisor", "name server", "watcher", "exited", "holder", "uplink", "forwarder"];

export async function expectNothing(lab: Lab): Promise<void> {
  const { roots } = lab;
  const there = (await lab.ok(["ps", "-aq"])).split("\n").filter(Boolean);
  // One that bears --rm may be gone meanwhile.
  if (there.length > 0) expect((await lab.teu(["rm", "-f", ...there])).stderr.replaceAll(/.*No such container.*\n/g, "")).toBe("");
  await lab.ok(["network", "prune", "-f"]);
  expect(await lab.ok(["network", "ls", "--filter", "type=custom", "-q"])).toBe("");
  const nothing: Readonly<Record<string, readonly string[]>> = {
    containers: entries(roots.root, "containers"),
    runs: entries(roots.runRoot, "containers"),
    removals: entries(roots.runRoot, "networks", "removed"),
    namespaces: entries(roots.runRoot, "netns"),
    forwarders: entries(roots.runRoot, "rootless", "ports"),
  };
  expect(nothing).toEqual({ containers: [], runs: [], removals: [], namespaces: [], forwarders: [] });
  expect(entries(roots.runRoot, "rootless")).not.toContain("network.json");
  using db = new Database(join(roots.root, "state.db"), { readonly: true });
  expect(db.query("PRAGMA integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  for (const table of ["containers", "duties", "endpoints", "endpoint_names", "ports", "attachments"])
    expect({ table, rows: db.query(`SELECT * FROM ${table}`).all() }).toEqual({ table, rows: [] });
  await eventually("the last processes have ended", () => SERVERS.every((who) => pidsOf(roots, who).length === 0));
}
