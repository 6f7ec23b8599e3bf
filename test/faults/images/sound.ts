// What must hold of a store after whatever happened to it: what is named is whole, what is unpacked is what was meant, and when all is taken
// away nothing is left.
import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { existsSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { storeAt } from "../../store/fixtures/images.ts";
import { describeLeftovers, leftovers } from "../../support/leftovers.ts";
import type { TestRoots } from "../../support/roots.ts";
import { eventually } from "../../support/run.ts";
import type { PoolImage, PoolLayer } from "./pool.ts";

/** Files of a tree with their sizes. */
function filesOf(directory: string, prefix = ""): [string, number][] {
  return readdirSync(join(directory, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = join(prefix, entry.name);
    return entry.isDirectory() ? filesOf(directory, path) : [[path, statSync(join(directory, path)).size] as [string, number]];
  });
}

/** A tree is that of a layer, to the last byte. */
export function expectFiles(tree: string, { files, diffId }: PoolLayer): void {
  expect({ diffId, files: filesOf(tree).toSorted() }).toEqual({ diffId, files: [...files].toSorted() });
}

/** Names of the images in the store, the last two parts of each: `pool/a:1`. */
export function namesIn(root: string): ReadonlySet<string> {
  const store = storeAt(root);
  try {
    const names = store.names.list().flatMap((image) => image.names);
    return new Set(names.map((name) => name.split("/").slice(-2).join("/")));
  } finally {
    store.close();
  }
}

/**
 * Holds the store against the images that it was filled from: its own check finds nothing, every layer that it shows is unpacked to the last
 * byte, and the names of `must` are there.
 */
export async function expectSound(root: string, images: readonly PoolImage[], must: Iterable<string>, when: string): Promise<void> {
  const store = storeAt(root);
  try {
    const { problems, incomplete } = await store.check();
    expect({ when, problems, incomplete }).toEqual({ when, problems: [], incomplete: [] });
    const layers = new Map(images.flatMap((image) => image.chainIds.map((chainId, at) => [chainId, image.layers[at]] as const)));
    for (const [chainId, layer] of layers) {
      const there = store.layers.get(chainId);
      if (there === undefined || layer === undefined) continue;
      expectFiles(there.path, layer);
    }
    const names = namesIn(root);
    for (const name of must) expect({ when, name, there: names.has(name) }).toEqual({ when, name, there: true });
  } finally {
    store.close();
  }
}

/** Processes that have a file below `directory` open, or work in it. */
function usersOf(directory: string): readonly string[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const links = readdirSync(`/proc/${name}/fd`).map((fd) => readlinkSync(`/proc/${name}/fd/${fd}`));
      return links.filter((link) => link.startsWith(`${directory}/`)).map((link) => `process ${name} has ${link}`);
    } catch {
      return []; // gone meanwhile
    }
  });
}

/** Nobody works on the roots: what a killed command started has ended by itself. */
export async function expectQuiet(roots: TestRoots): Promise<void> {
  let left: readonly string[] = [];
  const look = () => {
    left = [...usersOf(roots.directory), ...describeLeftovers({ ...leftovers(roots.mark), mounts: [], cgroups: [] })];
    return left.length === 0;
  };
  await eventually("everything that was started has ended", look, 5000).catch((error: unknown) => {
    throw new Error(`left behind: ${left.join("; ")}`, { cause: error });
  });
}

/** Rows that only commands at work have, by table. */
function workingRows(root: string): Readonly<Record<string, number>> {
  const database = new Database(join(root, "teu.db"), { readonly: true });
  try {
    const count = (table: string) => database.query<{ count: number }, []>(`SELECT count(*) AS count FROM ${table}`).get()?.count ?? -1;
    return Object.fromEntries(
      ["claims", "leases", "lease_items", "manifests", "images", "blobs", "layers"].map((table) => [table, count(table)]),
    );
  } finally {
    database.close();
  }
}

/** After everything was pruned: no content, no layer, no part of one, no row, no file of a dead command. */
export async function expectEmpty(roots: TestRoots, { partials = false } = {}): Promise<void> {
  await expectQuiet(roots);
  const { root, runRoot } = roots;
  if (partials) {
    const store = storeAt(root);
    await store.collect({ partialsBefore: Number.POSITIVE_INFINITY });
    store.close();
  }
  const folders = ["content/blobs/sha256", "content/blobs/sha512", "content/ingest", "layers"];
  for (const folder of folders) expect({ folder, holds: readdirSync(join(root, folder)) }).toEqual({ folder, holds: [] });
  expect(workingRows(root)).toEqual({ claims: 0, leases: 0, lease_items: 0, manifests: 0, images: 0, blobs: 0, layers: 0 });
  const inRunRoot = existsSync(runRoot) ? filesOf(runRoot).map(([path]) => path) : [];
  expect(inRunRoot.filter((path) => !path.startsWith("cache/"))).toEqual([]);
}
