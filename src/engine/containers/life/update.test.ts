import { describe, expect, test } from "bun:test";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import type { Resources } from "../../../spec/runtime/config.ts";
import { type ContainerChange, changed } from "./update.ts";

const MIB = 1024 ** 2;

function documentWith(resources: Resources): ContainerDocument {
  const life = { remove: false, restart: { name: "no", retries: 0 }, init: true };
  return { version: 2, id: "a", options: { args: ["x"], resources }, life } as unknown as ContainerDocument; // nothing here looks at the rest
}

// biome-ignore format: table
const CHANGES: readonly { readonly name: string; readonly before: Resources; readonly change: ContainerChange; readonly want: Resources }[] = [
  { name: "nothing", before: { pids: { limit: 5 } }, change: { resources: {} }, want: { pids: { limit: 5 } } },
  { name: "the first limit", before: {}, change: { resources: { memory: { limit: MIB } } }, want: { memory: { limit: MIB } } },
  { name: "one of a group", before: { memory: { limit: MIB, swap: 2 * MIB, swappiness: 3 } }, change: { resources: { memory: { swap: 3 * MIB } } }, want: { memory: { limit: MIB, swap: 3 * MIB, swappiness: 3 } } },
  { name: "several groups", before: { cpu: { shares: 2, cpus: "0" }, pids: { limit: 5 } }, change: { resources: { cpu: { shares: 8 }, pids: { limit: -1 }, blockIO: { weight: 10 } } },
    want: { cpu: { shares: 8, cpus: "0" }, pids: { limit: -1 }, blockIO: { weight: 10 } } },
  { name: "nothing that update does not know", before: { devices: [{ allow: true }], unified: { "memory.high": "1" } }, change: { resources: { pids: { limit: 7 } } },
    want: { devices: [{ allow: true }], unified: { "memory.high": "1" }, pids: { limit: 7 } } },
];

describe("an update changes", () => {
  for (const { name, before, change, want } of CHANGES)
    test(name, () => expect(changed(documentWith(before), change)).toEqual(documentWith(want)));

  test("the restart policy, and nothing else of how it lives", () => {
    const before = documentWith({});
    const restart = { name: "on-failure", retries: 2 } as const;
    expect(changed(before, { resources: {}, restart })).toEqual({ ...before, life: { ...before.life, restart } });
  });
});
