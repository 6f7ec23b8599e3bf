import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dropKept } from "../../base/kept-file.ts";
import type { Lookups } from "./host-look.ts";
import { digestOf, readTemplate, standInFor, storeTemplate, type Template } from "./plan-cache.ts";

const LOOKUPS: Lookups = { sources: { "/src": "directory" }, modes: { "/tmp": 0o1777 } };
const KEY = "a".repeat(64);
const LONG_ID = "0123456789abcdef".repeat(4);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "plan-cache-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** What might be prepared for an id: it stands in a path, by itself, in its short form, and among bytes. */
function prepared(id: string, extra = ""): Template {
  return {
    facts: {
      ociVersion: "1.3.0",
      bundle: "/b",
      rootfs: "/b/rootfs",
      annotations: {},
      cgroups: { memory: `/sys/fs/cgroup/memory/teu/${id}` },
      warnings: [],
      poststop: false,
    },
    text: JSON.stringify({ hostname: id.slice(0, 12), extra }),
    encoded: Uint8Array.from(Buffer.concat([Buffer.from([1, 0, 255]), Buffer.from(`/teu/${id}\0`), Buffer.from([0x2b, 7])])),
  };
}

const store = (id: string, { extra = "", lookups = LOOKUPS } = {}) =>
  storeTemplate(dir, KEY, { template: prepared(standInFor(id), extra), real: prepared(id, extra), id, lookups });
const read = (id: string, holds = true) => readTemplate(dir, KEY, { id, holds: () => holds });

describe("a stored plan", () => {
  for (const { name, id, other } of [
    { name: "a long id and its short form", id: LONG_ID, other: "f".repeat(64) },
    { name: "a name", id: "web-1", other: "db--2" },
  ]) {
    test(`is what the compiler makes of another id of the same length: ${name}`, () => {
      store(id);
      const found = read(other);
      const want = prepared(other);
      expect(found?.facts).toEqual(want.facts);
      expect(found?.text).toBe(want.text);
      expect(Buffer.from(found?.encoded ?? [])).toEqual(Buffer.from(want.encoded));
    });
  }

  test("is not used where a look-up gives something else now, and hears of them all", () => {
    store(LONG_ID);
    expect(read(LONG_ID, false)).toBeUndefined();
    let asked: unknown;
    readTemplate(dir, KEY, {
      id: LONG_ID,
      holds: (lookups, rootfs) => {
        asked = [lookups, rootfs];
        return true;
      },
    });
    expect(asked).toEqual([LOOKUPS, "/b/rootfs"]);
  });

  test("is gone when it is dropped", () => {
    store(LONG_ID);
    dropKept(dir, KEY);
    expect(read(LONG_ID)).toBeUndefined();
    dropKept(dir, KEY);
  });
});

describe("nothing is stored", () => {
  test("where the input has a run of the stand-in that would become an id", () => {
    store("web", { extra: "a+++b" });
    expect(readdirSync(dir)).toEqual([]);
  });

  test("where the compiler makes something else of the stand-in than of the id", () => {
    const real = prepared(LONG_ID);
    storeTemplate(dir, KEY, { template: { ...prepared(standInFor(LONG_ID)), text: "{}" }, real, id: LONG_ID, lookups: LOOKUPS });
    expect(readdirSync(dir)).toEqual([]);
  });

  test("and nothing fails where the directory cannot be made", () => {
    writeFileSync(join(dir, "file"), "");
    storeTemplate(join(dir, "file"), KEY, {
      template: prepared(standInFor(LONG_ID)),
      real: prepared(LONG_ID),
      id: LONG_ID,
      lookups: LOOKUPS,
    });
  });
});

describe("a file that is not whole is none", () => {
  test("cut short at any length", () => {
    store(LONG_ID);
    const path = join(dir, KEY);
    const whole = readFileSync(path);
    for (let length = 0; length < whole.length; length += 7) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      expect([length, read(LONG_ID)]).toEqual([length, undefined]);
    }
  });

  test("changed in any byte", () => {
    store(LONG_ID);
    const path = join(dir, KEY);
    const whole = readFileSync(path);
    for (let at = 0; at < whole.length; at += 5) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      writeFileSync(path, changed);
      expect([at, read(LONG_ID)]).toEqual([at, undefined]);
    }
  });
});

test("a key tells where one part ends and the next begins", () => {
  expect(digestOf(["ab", "c"])).not.toBe(digestOf(["a", "bc"]));
  expect(digestOf(["ab", "c"])).toBe(digestOf(["ab", "c"]));
});
