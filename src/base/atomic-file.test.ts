import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeFileAtomically } from "./atomic-file.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "teu-atomic-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

for (const durable of [true, false]) {
  describe(`writeFileAtomically, ${durable ? "flushed" : "not flushed"}`, () => {
    test("writes a new file for its owner alone, and leaves nothing aside", () => {
      writeFileAtomically(join(folder, "state"), "one", { durable });
      expect(readFileSync(join(folder, "state"), "utf8")).toBe("one");
      expect(statSync(join(folder, "state")).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder)).toEqual(["state"]);
    });

    test("replaces a file that its owner may only read", () => {
      const path = join(folder, "state");
      writeFileSync(path, "old");
      chmodSync(path, 0o400);
      writeFileAtomically(path, new Uint8Array([1, 2]), { durable, mode: 0o644 });
      expect([...readFileSync(path)]).toEqual([1, 2]);
      expect(statSync(path).mode & 0o777).toBe(0o644);
    });

    test("replaces what an earlier crash left aside", () => {
      writeFileSync(join(folder, "state.tmp"), "half");
      writeFileAtomically(join(folder, "state"), "whole", { durable });
      expect(readFileSync(join(folder, "state"), "utf8")).toBe("whole");
      expect(readdirSync(folder)).toEqual(["state"]);
    });

    test("does not write through a link that stands where it writes aside", () => {
      writeFileSync(join(folder, "victim"), "untouched");
      symlinkSync(join(folder, "victim"), join(folder, "state.tmp"));
      writeFileAtomically(join(folder, "state"), "new", { durable });
      expect(readFileSync(join(folder, "victim"), "utf8")).toBe("untouched");
    });

    test("leaves the old content and nothing aside when it cannot replace", () => {
      mkdirSync(join(folder, "state"));
      expect(() => writeFileAtomically(join(folder, "state"), "new", { durable })).toThrow();
      expect(readdirSync(folder)).toEqual(["state"]);
    });

    test("does not make the directory", () => {
      expect(() => writeFileAtomically(join(folder, "absent", "state"), "x", { durable })).toThrow(
        expect.objectContaining({ code: "ENOENT" }),
      );
    });
  });
}
