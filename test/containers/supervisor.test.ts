// The supervisor's mechanics, with duties that do nothing: one process at a time, no look before a duty is due, no duty lost when it is killed.
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { StateDatabase } from "../../src/base/database.ts";
import { exampleDocument } from "../../src/containers/document/example.fixture.ts";
import { type Duty, duties, putDuty } from "../../src/containers/duties/rows.ts";
import { insertContainer } from "../../src/containers/state/rows.ts";
import { ring } from "../../src/engine/background/doorbell.ts";
import { doorbellPath } from "../../src/engine/background/doorbell-path.ts";
import { stateDatabase } from "../../src/engine/state/state.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { eventually, type Running, start } from "../support/run.ts";

const PROGRAM = join(import.meta.dir, "supervisor-program.ts");
const HOUR = 3_600_000;

interface Bench {
  readonly roots: TestRoots;
  readonly state: StateDatabase;
  /** Starts a supervisor; every one is ended with the test. */
  supervise(...args: readonly string[]): Running;
  /** Duties of so many containers, due after so long. */
  put(count: number, afterMs: number, kind?: Duty["kind"]): void;
  /** Who did which duties. */
  done(): readonly { readonly kind: string; readonly pid: number }[];
  /** Somebody listens. */
  listening(): Promise<boolean>;
}

function bench(name: string, body: (bench: Bench) => Promise<void>): void {
  test(name, () =>
    withRoots(async (roots) => {
      const state = stateDatabase(roots.root);
      const all: Running[] = [];
      let made = 0;
      const file = join(roots.root, "done");
      const lines = () => (existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : []);
      try {
        await body({
          roots,
          state,
          supervise(...args) {
            const running = start([process.execPath, PROGRAM, roots.root, roots.runRoot, ...args]);
            all.push(running);
            return running;
          },
          put(count, afterMs, kind = "restart") {
            state.write((db) => {
              for (let index = 0; index < count; index++) {
                const id = (made++).toString(16).padStart(64, "0");
                insertContainer(db, { name: `c${made}`, document: exampleDocument({ id }) });
                putDuty(db, { container: id, kind, due: Date.now() + afterMs });
              }
            });
          },
          done: () =>
            lines().map((line) => {
              const [kind = "", pid] = line.split(" ");
              return { kind, pid: Number(pid) };
            }),
          listening: () => ring(roots.runRoot, "supervisor"),
        });
      } finally {
        for (const running of all) {
          running.kill("SIGKILL");
          await running.exited;
          running.dispose();
        }
        state.close();
      }
    }),
  );
}

bench("without duties it ends, and makes nothing", async ({ roots, supervise }) => {
  expect(await supervise().exited).toBe(0);
  expect(existsSync(join(roots.root, "state.db"))).toBe(false);
  expect(existsSync(doorbellPath(roots.runRoot, "supervisor"))).toBe(false);
});

bench("duties are done when they are due, and then it ends", async ({ roots, state, supervise, put, done }) => {
  put(3, 0);
  put(1, 400, "timeout");
  const began = Date.now();
  expect(await supervise().exited).toBe(0);
  expect(Date.now() - began).toBeGreaterThanOrEqual(350);
  expect(done().map(({ kind }) => kind)).toEqual(["restart", "restart", "restart", "timeout"]);
  expect(duties(state.rows)).toEqual([]);
  expect(existsSync(doorbellPath(roots.runRoot, "supervisor"))).toBe(false);
});

bench("of many that are started at once one does the duties", async ({ supervise, put, done }) => {
  put(20, 0);
  put(1, 600);
  const all = Array.from({ length: 5 }, () => supervise());
  expect(await Promise.all(all.map(({ exited }) => exited))).toEqual([0, 0, 0, 0, 0]);
  expect(done()).toHaveLength(21);
  expect(new Set(done().map(({ pid }) => pid)).size).toBe(1);
});

bench("a ring makes it look at a duty that has come before the others", async ({ roots, supervise, put, done, listening }) => {
  put(1, HOUR);
  const running = supervise();
  await eventually("it listens", listening);
  put(1, 0, "health");
  expect(done()).toEqual([]);
  expect(await ring(roots.runRoot, "supervisor")).toBe(true);
  await eventually("the duty is done", () => done().length === 1);
  expect(done()).toEqual([{ kind: "health", pid: running.pid }]);
});

bench("a ring makes it see that there is nothing left to wait for", async ({ roots, state, supervise, put, listening }) => {
  put(1, HOUR);
  const running = supervise();
  await eventually("it listens", listening);
  state.write((db) => db.run("DELETE FROM duties"));
  await ring(roots.runRoot, "supervisor");
  expect(await running.exited).toBe(0);
  expect(await ring(roots.runRoot, "supervisor")).toBe(false);
});

bench("one that was killed leaves its duties to the next", async ({ state, supervise, put, done, listening }) => {
  put(1, HOUR);
  const first = supervise();
  await eventually("it listens", listening);
  first.kill("SIGKILL");
  expect(await first.exited).toBe(137);
  expect(await listening()).toBe(false);
  put(2, 0);
  state.write((db) => db.run("DELETE FROM duties WHERE due > ?", [Date.now() + HOUR / 2]));
  const second = supervise();
  expect(await second.exited).toBe(0);
  expect(done().map(({ pid }) => pid)).toEqual([second.pid, second.pid]);
});

bench("killed at any moment it loses none", async ({ supervise, put, done, state }) => {
  put(40, 0);
  for (let round = 0; round < 6; round++) {
    const running = supervise();
    const before = done().length;
    await eventually("one more is done", () => done().length > before);
    running.kill("SIGKILL");
    await running.exited;
    if (duties(state.rows).length === 0) break;
  }
  expect(await supervise().exited).toBe(0);
  expect(duties(state.rows)).toEqual([]);
  expect(done().length).toBeGreaterThanOrEqual(40);
});

bench("a duty that comes back keeps it, without a look in between", async ({ roots, state, supervise, put, done }) => {
  put(1, 0, "health");
  const running = supervise("50");
  await eventually("it was done three times", () => done().length >= 3);
  expect(new Set(done().map(({ pid }) => pid))).toEqual(new Set([running.pid]));
  state.write((db) => db.run("DELETE FROM containers"));
  await ring(roots.runRoot, "supervisor");
  expect(await running.exited).toBe(0);
});
