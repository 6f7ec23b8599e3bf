// A week's work in a loop: run, exec, rm, thousands of times, bounded by time. What is there afterwards is what was there soon after the
// beginning: files, cgroups, processes, rows; the record of events has a bound of its own.
import { Database } from "bun:sqlite";
import { expect } from "bun:test";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../cli/callers.ts";
import { type ImageCli, imageTest } from "../cli/image-cli.ts";
import { leftovers } from "../support/leftovers.ts";

/** Other bounds: TEU_SOAK_ROUNDS, TEU_SOAK_SECONDS (issue: 10,000 rounds, in CI at most three minutes). */
const ROUNDS = Number(process.env.TEU_SOAK_ROUNDS ?? 10_000);
const SECONDS = Number(process.env.TEU_SOAK_SECONDS ?? 40);
const WARM = 20;
const LARGEST_DATABASE = 16 * 1024 ** 2;

interface Size {
  readonly files: number;
  readonly cgroups: number;
  readonly processes: number;
  readonly rows: number;
}

function filesBelow(directory: string): number {
  return existsSync(directory)
    ? readdirSync(directory, { recursive: true }).filter((name) => !/state\.db-(wal|shm)$/.test(`${name}`)).length
    : 0;
}

function sizeOf({ roots }: ImageCli): Size {
  const { cgroups, processes } = leftovers(roots.mark);
  const db = new Database(join(roots.root, "state.db"), { readonly: true });
  const rows = ["containers", "duties", "health", "volumes", "volume_uses"]
    .map((table) => db.query<{ n: number }, []>(`SELECT count(*) AS n FROM ${table}`).get()?.n ?? 0)
    .reduce((sum, count) => sum + count, 0);
  db.close();
  return { files: filesBelow(roots.root) + filesBelow(roots.runRoot), cgroups: cgroups.length, processes: processes.length, rows };
}

async function round(cli: ImageCli, count: number): Promise<void> {
  const name = `soak${count}`;
  for (const words of [
    ["run", "-d", "--name", name, "-v", "/data", "box", "sleep", "inf"],
    ["exec", name, "true"],
    ["rm", "-fv", name],
    ["run", "--rm", "box", "true"],
  ]) {
    const { status, stderr } = await cli.teu(words);
    expect({ words, status, stderr }).toEqual({ words, status: 0, stderr: "" });
  }
}

imageTest(ROOT, "thousands of lives leave no trace", async (cli) => {
  for (let count = 0; count < WARM; count++) await round(cli, count);
  const before = sizeOf(cli);
  const end = performance.now() + SECONDS * 1000;
  let count = WARM;
  for (; count < ROUNDS && performance.now() < end; count++) await round(cli, count);
  console.log(`${count - WARM} rounds`);
  expect(sizeOf(cli)).toEqual(before);
  expect(statSync(join(cli.roots.root, "state.db")).size).toBeLessThan(LARGEST_DATABASE);
});
