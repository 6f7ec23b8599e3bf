import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Writer } from "../../base/database.ts";
import { exampleDocument } from "../document/example.fixture.ts";
import type { LifeSettings } from "../document/life.ts";
import { healthOf, putHealth } from "../health/rows.ts";
import { containerById, insertContainer, noteStarted, setWanted } from "../state/rows.ts";
import { CONTAINER_TABLES } from "../state/schema.ts";
import { type Duty, dropDuty, duties, hasDuties, putDuty } from "./rows.ts";
import { beginDuties, endDuties } from "./run.ts";

const ID = "a".repeat(64);
const STARTED = 1_000_000;

let db: Writer;
beforeEach(() => {
  const database = new Database(":memory:", { strict: true });
  database.run("PRAGMA foreign_keys = ON");
  database.run(CONTAINER_TABLES);
  db = database as Writer; // one connection, nobody else: every statement is a transaction
});
afterEach(() => db.close());

const documentOf = (life: Partial<LifeSettings>) =>
  exampleDocument({ id: ID, life: { remove: false, restart: { name: "no", retries: 0 }, init: false, ...life } });

function start(life: Partial<LifeSettings>, restarts = 0): boolean {
  const document = documentOf(life);
  if (containerById(db, ID) === undefined) insertContainer(db, { name: "c", document });
  setWanted(db, ID, "running");
  const run = noteStarted(db, ID, { now: STARTED, restarts });
  if (run === undefined) throw new Error("it was not started");
  return beginDuties(db, { document, run, started: STARTED });
}

function end({ exitCode = 1, ranMs = 50 } = {}): boolean {
  const row = containerById(db, ID);
  if (row === undefined) throw new Error("there is no row");
  return endDuties(db, row, { exitCode, finished: STARTED + ranMs });
}

const duty = (kind: Duty["kind"], afterMs: number): Duty => ({ container: ID, kind, due: STARTED + afterMs });

const SECOND = 1e9;
const check = { Test: ["CMD", "true"], Interval: 7 * SECOND };

describe("a run begins with", () => {
  test("nothing to do where nothing was asked for", () => {
    expect(start({})).toBe(false);
    expect(duties(db)).toEqual([]);
    expect(hasDuties(db)).toBe(false);
    expect(healthOf(db, ID, 1)).toBeUndefined();
  });

  test("a health check after the interval, and an end", () => {
    expect(start({ health: check, timeout: 3 })).toBe(true);
    expect(duties(db)).toEqual([duty("timeout", 3_000), duty("health", 7_000)]);
    expect(healthOf(db, ID, 1)).toEqual({ status: "starting", failingStreak: 0, log: [] });
  });

  test("a health check after the start interval in the start period", () => {
    start({ health: { ...check, StartPeriod: SECOND, StartInterval: SECOND / 2 } });
    expect(duties(db)).toEqual([duty("health", 500)]);
  });

  test("the results of the run before, and no verdict", () => {
    start({ health: check });
    const log = [{ Start: "a", End: "b", ExitCode: 1, Output: "c" }];
    putHealth(db, ID, { run: 1, health: { status: "unhealthy", failingStreak: 3, log } });
    start({ health: check });
    expect(healthOf(db, ID, 1)).toBeUndefined();
    expect(healthOf(db, ID, 2)).toEqual({ status: "starting", failingStreak: 0, log });
  });

  test("no restart any more", () => {
    start({});
    putDuty(db, duty("restart", 100));
    start({});
    expect(duties(db)).toEqual([]);
  });
});

describe("a run ends with", () => {
  test("nothing more to do", () => {
    start({ health: check, timeout: 3 });
    expect(end()).toBe(false);
    expect(duties(db)).toEqual([]);
  });

  test("a restart, which waits longer each time, and not after people have started it", () => {
    const life = { restart: { name: "always", retries: 0 } } as const;
    const waits = [0, 1, 2, 0, 1].map((restarts) => {
      start(life, restarts);
      expect(end()).toBe(true);
      return (duties(db)[0]?.due ?? 0) - STARTED - 50;
    });
    expect(waits).toEqual([100, 200, 400, 100, 200]);
  });

  test("a restart where its health check ended it", () => {
    start({ health: check, restart: { name: "on-unhealthy", retries: 0 } });
    putHealth(db, ID, { run: 1, health: { status: "unhealthy", failingStreak: 3, log: [] } });
    expect(end({ exitCode: 0 })).toBe(true);
    expect(duties(db)).toEqual([duty("restart", 150)]);
  });

  test("nothing where people stopped it", () => {
    start({ restart: { name: "always", retries: 0 } });
    setWanted(db, ID, "stopped");
    expect(end()).toBe(false);
    expect(duties(db)).toEqual([]);
  });

  test("nothing where it is to be removed", () => {
    start({ restart: { name: "always", retries: 0 }, remove: true });
    expect(end()).toBe(false);
  });
});

test("a duty is one of its kind, and goes with its container", () => {
  start({});
  for (const after of [5, 3]) putDuty(db, duty("health", after));
  putDuty(db, duty("timeout", 4));
  expect(duties(db)).toEqual([duty("health", 3), duty("timeout", 4)]);
  expect([5, 4, 4].map((after) => dropDuty(db, duty("timeout", after)))).toEqual([false, true, false]);
  db.query("DELETE FROM containers").run();
  expect(hasDuties(db)).toBe(false);
});
