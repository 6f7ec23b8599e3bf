// Many processes on one store, and processes that are killed: what design.md section 7 calls faults.
import { expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { withRoots } from "../support/roots.ts";
import { pull, seeded, storeAt } from "./fixtures/images.ts";
import { POOL } from "./fixtures/pool.ts";
import { expectEmptyAfterPrune, finish, promised, start } from "./fixtures/processes.ts";

test(
  "eight processes that want one blob fetch it once between them",
  () =>
    withRoots(async ({ root }) => {
      const outputs = await Promise.all(Array.from({ length: 8 }, () => finish(start("fetch-once.ts", root))));
      const fetched = outputs.map(Number);
      expect(fetched.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 0, 0, 200_000]);
    }),
  60_000,
);

test(
  "a process that is killed in the middle of a blob is followed by the one that waits, which fetches the rest only",
  () =>
    withRoots(async ({ root }) => {
      const first = start("fetch-once.ts", root);
      const ingest = join(root, "content/ingest");
      while (!existsSync(ingest) || readdirSync(ingest).length === 0) await Bun.sleep(5);
      const second = start("fetch-once.ts", root);
      await Bun.sleep(150);
      first.kill("SIGKILL");
      const fetched = Number(await finish(second));
      expect(fetched).toBeGreaterThan(0);
      expect(fetched).toBeLessThan(200_000);
    }),
  60_000,
);

test(
  "processes that pull, tag, remove, prune and collect at once leave a sound store",
  () =>
    withRoots(async ({ root }) => {
      await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => finish(start("worker.ts", root, String(seed), "25"))));
      const store = storeAt(root);
      const report = await store.check();
      expect(report.problems).toEqual([]);
      expect(report.leftovers).toEqual({ partials: 0, strays: 0 });
      await expectEmptyAfterPrune(store, root);
      store.close();
    }),
  120_000,
);

test(
  "a worker killed at fifty random moments never breaks an image, shows nothing partial, and leaks nothing",
  () =>
    withRoots(async ({ root }) => {
      const random = seeded(20261121);
      const store = storeAt(root);
      let must: Set<string> = new Set();
      for (let round = 0; round < 50; round += 1) {
        const child = start("worker.ts", root, String(1000 + round), "1000");
        const output: string[] = [];
        const reader = child.stdout.getReader();
        const first = await reader.read();
        output.push(new TextDecoder().decode(first.value));
        await Bun.sleep(random(120));
        child.kill("SIGKILL");
        for (let part = await reader.read(); !part.done; part = await reader.read()) output.push(new TextDecoder().decode(part.value));
        await child.exited;
        if (child.signalCode !== "SIGKILL") throw new Error(`round ${round}: the worker ended by itself: ${await child.stderr.text()}`);

        must = promised(output.join(""), must);
        const report = await store.check();
        expect({ round, problems: report.problems }).toEqual({ round, problems: [] });
        for (const name of must) expect({ round, name, there: store.names.find(name) !== undefined }).toEqual({ round, name, there: true });
      }
      for (const { name, image } of POOL) await pull(store, image, { imageName: name });
      expect((await store.check()).problems).toEqual([]);
      await expectEmptyAfterPrune(store, root);
      store.close();
    }),
  180_000,
);

test(
  "workers that are killed while others work on leave a store that the others find sound",
  () =>
    withRoots(async ({ root }) => {
      const random = seeded(7);
      const steady = [1, 2].map((seed) => finish(start("worker.ts", root, String(seed), "60")));
      for (let round = 0; round < 12; round += 1) {
        const doomed = start("worker.ts", root, String(100 + round), "1000");
        await doomed.stdout.getReader().read();
        await Bun.sleep(random(100));
        doomed.kill("SIGKILL");
        await doomed.exited;
      }
      await Promise.all(steady);
      const store = storeAt(root);
      expect((await store.check()).problems).toEqual([]);
      await expectEmptyAfterPrune(store, root);
      store.close();
    }),
  120_000,
);
