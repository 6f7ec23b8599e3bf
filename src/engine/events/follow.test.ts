import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import type { StateDatabase } from "../../base/database.ts";
import { recordEvent } from "../../containers/events/record.ts";
import type { Engine } from "../engine.ts";
import { stateDatabase } from "../state/state.ts";
import { followEvents } from "./follow.ts";

const MILLISECOND = 1_000_000n;

function write(state: StateDatabase, action: string): void {
  state.write((db) => recordEvent(db, { type: "container", action, actor: "a", attributes: {} }, new Date()));
}

async function withEngine(body: (engine: Engine, other: StateDatabase) => Promise<void>): Promise<void> {
  const root = mkdtempSync("/tmp/teu-test-events-");
  const [state, other] = [stateDatabase(root), stateDatabase(root)];
  try {
    await body({ state, root, runtime: { now: () => new Date() } } as Engine, other); // what followEvents looks at
  } finally {
    state.close();
    other.close();
    rmSync(root, { recursive: true, force: true });
  }
}

test("what has happened is told to its end", () =>
  withEngine(async (engine, other) => {
    for (const action of ["create", "start", "die"]) write(other, action);
    const until = BigInt(Date.now() + 1) * MILLISECOND;
    const events = await Array.fromAsync(followEvents(engine, { since: 0n, until }));
    expect(events.map(({ action }) => action)).toEqual(["create", "start", "die"]);
  }));

test("what others write is told as it happens, from now on", () =>
  withEngine(async (engine, other) => {
    write(other, "before");
    const ending = new AbortController();
    const told: string[] = [];
    const following = (async () => {
      for await (const { action } of followEvents(engine, { signal: ending.signal })) {
        told.push(action);
        if (told.length < 50) write(other, `${told.length}`);
        else ending.abort();
      }
    })();
    write(other, "0");
    await following;
    expect(told).toEqual(Array.from({ length: 50 }, (_, at) => `${at}`));
  }));

test("an end that comes without an event ends it", () =>
  withEngine(async (engine) => {
    const until = BigInt(Date.now() + 30) * MILLISECOND;
    expect(await Array.fromAsync(followEvents(engine, { until }))).toEqual([]);
  }));

test("the record keeps the newest twenty thousand", () =>
  withEngine(async ({ state }) => {
    state.write((db) => {
      for (let at = 0; at < 21_000; at++) recordEvent(db, { type: "volume", action: "create", actor: "v", attributes: {} }, new Date(1));
    });
    const counted = state.rows.query<{ count: number; first: number }, []>("SELECT count(*) AS count, min(id) AS first FROM events").get();
    expect(counted).toEqual({ count: 20_000, first: 1001 });
  }));
