import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { StateDatabase } from "../../base/database.ts";
import { exampleDocument } from "../../containers/document/example.fixture.ts";
import { lastEvent, readEvents, recordEvent } from "../../containers/events/record.ts";
import {
  allContainers,
  containerById,
  containerByName,
  containersBeginning,
  deleteContainerRow,
  insertContainer,
  markRemoving,
  noteEnded,
  noteStarted,
  renameContainer,
} from "../../containers/state/rows.ts";
import { findContainer, findEvenDamaged } from "../containers/find.ts";
import { stateDatabase } from "./state.ts";

const A = "a".repeat(64);
const B = `a1${"b".repeat(62)}`;

let directory = "";
let state: StateDatabase;
beforeEach(() => {
  directory = mkdtempSync("/tmp/teu-test-state-");
  state = stateDatabase(directory);
});
afterEach(() => {
  state.close();
  rmSync(directory, { recursive: true, force: true });
});

function insert(id: string, name: string, created = "2026-01-01T00:00:00Z"): void {
  const document = exampleDocument({ id, created });
  state.write((db) => insertContainer(db, { name, document }));
}

test("a container is found by id, name and beginning, the youngest first", () => {
  insert(A, "one");
  insert(B, "two", "2026-01-02T00:00:00Z");
  expect(containerById(state.rows, A)).toMatchObject({
    id: A,
    name: "one",
    run: 0,
    started: undefined,
    exitCode: undefined,
    removing: false,
    removingVolumes: false,
  });
  expect(containerByName(state.rows, "two")?.id).toBe(B);
  expect(containersBeginning(state.rows, "a").map(({ id }) => id)).toEqual([B, A]);
  expect(containersBeginning(state.rows, "a1").map(({ id }) => id)).toEqual([B]);
  expect(allContainers(state.rows).map(({ name }) => name)).toEqual(["two", "one"]);
  expect(containerById(state.rows, "c".repeat(64))).toBeUndefined();
});

test("a name is one container's", () => {
  insert(A, "one");
  expect(() => insert(B, "one")).toThrow(`the container name "/one" is already in use by container "${A}"`);
  insert(B, "two");
  expect(() => state.write((db) => renameContainer(db, B, "one"))).toThrow("is already in use");
  state.write((db) => renameContainer(db, B, "three"));
  expect(containerByName(state.rows, "three")?.id).toBe(B);
});

test("the end of a run is written down once, and not for the next run", () => {
  insert(A, "one");
  const end = { finished: 5, exitCode: 3, oomKilled: false, error: "" };
  const started = { now: 1, restarts: 0 };
  expect(state.write((db) => noteStarted(db, A, started))).toBe(1);
  expect(state.write((db) => noteEnded(db, A, { ...end, run: 1 }))).toBe(true);
  expect(state.write((db) => noteEnded(db, A, { ...end, run: 1, exitCode: 4 }))).toBe(false);
  expect(containerById(state.rows, A)).toMatchObject({ exitCode: 3, finished: 5 });
  expect(state.write((db) => noteStarted(db, A, { now: 6, restarts: 1 }))).toBe(2);
  expect(state.write((db) => noteEnded(db, A, { ...end, run: 1 }))).toBe(false);
  expect(containerById(state.rows, A)).toMatchObject({ started: 6, finished: undefined, exitCode: undefined, restarts: 1 });
  expect(state.write((db) => deleteContainerRow(db, A))).toBe(true);
  expect(state.write((db) => noteStarted(db, A, started))).toBeUndefined();
});

test("events are read on from the last one, within times, which are nanoseconds", () => {
  const base = Date.parse("2027-01-15T08:00:00.123Z");
  const time = (index: number) => BigInt(base + index) * 1_000_000n;
  const event = (action: string) => ({ type: "container", action, actor: A, attributes: { name: "one" } }) as const;
  state.write((db) => {
    for (const [index, action] of ["create", "start", "die"].entries()) recordEvent(db, event(action), new Date(base + index));
  });
  const actions = (range: Parameters<typeof readEvents>[1]) => readEvents(state.rows, range, 10).map(({ action }) => action);
  expect(actions({})).toEqual(["create", "start", "die"]);
  expect(actions({ after: 1 })).toEqual(["start", "die"]);
  expect(actions({ since: time(1), until: time(1) })).toEqual(["start"]);
  expect(readEvents(state.rows, {}, 1)).toEqual([{ ...event("create"), id: 1, time: time(0) }]);
  expect(lastEvent(state.rows)).toBe(3);
});

test("a row whose document is damaged stands for a container that can be listed and removed", () => {
  for (const document of ["{}", '{"version":2}', '{"version":1}', JSON.stringify(exampleDocument({ id: B }))]) {
    insert(A, "one");
    state.write((db) => db.query("UPDATE containers SET document = ?").run(document));
    const [row] = allContainers(state.rows);
    expect(row).toMatchObject({ id: A, name: "one", damage: { message: expect.stringContaining(`configuration of container ${A}: it `) } });
    expect(row?.document.created).toBe("2026-01-01T00:00:00.000Z");
    expect(() => findContainer({ state }, "one")).toThrow("read the configuration");
    expect(findEvenDamaged({ state }, "one").id).toBe(A);
    state.write((db) => deleteContainerRow(db, A));
  }
});

test("nobody else reads the database", () => {
  insert(A, "one");
  for (const file of ["state.db", "state.db-wal"]) expect(statSync(join(directory, file)).mode & 0o777).toBe(0o600);
});

test("a removal that takes volumes with it goes on so, whatever the next one to come says", () => {
  insert(A, "one");
  const marked = (volumes: boolean) => {
    state.write((db) => markRemoving(db, A, { volumes }));
    return containerById(state.rows, A);
  };
  expect(marked(false)).toMatchObject({ removing: true, removingVolumes: false });
  expect(marked(true)).toMatchObject({ removing: true, removingVolumes: true });
  expect(marked(false)).toMatchObject({ removing: true, removingVolumes: true });
});
