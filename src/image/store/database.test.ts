import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { StateDatabase } from "../../base/database.ts";
import { MIGRATIONS } from "./schema.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync("/tmp/teu-test-database-");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const path = () => join(directory, "teu.db");
const open = (fill = () => {}) => new StateDatabase(path(), { migrations: MIGRATIONS, prepare: () => {}, fill });
const count = (database: StateDatabase) => database.rows.query<{ n: number }, []>("SELECT count(*) AS n FROM roots").get()?.n;

describe("the database", () => {
  test("is filled once, by whoever makes it", () => {
    let filled = 0;
    for (let time = 0; time < 2; time += 1) {
      const database = open(() => {
        filled += 1;
      });
      expect(count(database)).toBe(0);
      database.close();
    }
    expect(filled).toBe(1);
  });

  test("is not made when its filling fails", () => {
    const failing = open(() => {
      throw new Error("no");
    });
    expect(() => failing.rows).toThrow("no");
    const database = open();
    expect(count(database)).toBe(0);
    database.close();
  });

  test("undoes a change that throws", () => {
    const database = open();
    const change = () =>
      database.write((db) => {
        db.run("INSERT INTO roots VALUES ('build', 'a', 'sha256:0')");
        throw new Error("stop");
      });
    expect(change).toThrow("stop");
    expect(count(database)).toBe(0);
    database.close();
  });

  test("of a newer program is left alone", () => {
    const newer = new Database(path(), { create: true });
    newer.run(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    newer.close();
    expect(() => open().rows).toThrow("it was written by a newer teu");
  });

  test("refuses a name without an image, and an image without a manifest", () => {
    const database = open();
    expect(() => database.write((db) => db.run("INSERT INTO names VALUES ('a', 'sha256:0', 0)"))).toThrow("FOREIGN KEY");
    expect(() => database.write((db) => db.run("INSERT INTO images VALUES ('sha256:0', 0, 0)"))).toThrow("FOREIGN KEY");
    database.close();
  });
});
