// Removing trees: whatever is in them goes, and nothing else.
import { describe, expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeTree } from "../../src/kernel/tree/remove.ts";
import { requires } from "../support/requires.ts";
import { entry, file, workspace } from "./setup.ts";

const { test } = requires("root");
const work = workspace();
const remove = (path: string) => removeTree({ ...work.session, path });

describe("removing", () => {
  test("what is not there is success", async () => {
    await remove(work.path("nothing"));
    await remove(work.path("no/such"));
    await expect(remove(join(work.session.launcher, "x"))).rejects.toThrow("not a directory (ENOTDIR)");
  });

  test("takes a file, and a link but not what it leads to", async () => {
    mkdirSync(work.path("kept"));
    writeFileSync(work.path("kept/file"), "1");
    symlinkSync(work.path("kept"), work.path("link"));
    await remove(work.path("link"));
    await remove(work.path("kept/file"));
    expect([existsSync(work.path("link")), existsSync(work.path("kept")), existsSync(work.path("kept/file"))]).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("takes a tree with links out of it, closed directories and many names", async () => {
    const root = work.fresh("tree");
    mkdirSync(work.path("outside"));
    writeFileSync(work.path("outside/file"), "1");
    await work.write(root, [
      entry("directory", "closed", { mode: 0 }),
      file("closed/file", "1"),
      entry("directory", "closed/in", { mode: 0 }),
      { ...entry("symlink", "out"), target: entry("file", work.path("outside").slice(1)).path },
      ...Array.from({ length: 3000 }, (_, index) => entry("file", `many/${index}`)),
    ]);
    symlinkSync(work.path("outside"), join(root, "closed/in/link"));
    await remove(root);
    expect([existsSync(root), readFileSync(work.path("outside/file"), "utf8")]).toEqual([false, "1"]);
  });

  test("takes a nest deeper than a path can name, with the names in it that it moves directories to", async () => {
    const root = work.fresh("nest");
    for (const name of ["teu-moved-1", "teu-moved-2/x", "teu-moved-3"]) mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, "teu-moved-4"), "a file");
    const script =
      "import os,sys\nos.chdir(sys.argv[1])\nfor i in range(3000):\n  os.mkdir('directory'); open('file','w').close(); os.chdir('directory')";
    expect(Bun.spawnSync(["python3", "-c", script, root]).exitCode).toBe(0);
    await remove(root);
    expect(existsSync(root)).toBe(false);
  });

  test("stops at what is mounted inside, and leaves it whole", async () => {
    const root = work.fresh("mounted");
    mkdirSync(join(root, "m"));
    Bun.spawnSync(["mount", "-t", "tmpfs", "tmpfs", join(root, "m")]);
    try {
      writeFileSync(join(root, "m/data"), "kept");
      await expect(remove(root)).rejects.toThrow(/\((EXDEV|EBUSY)\)/);
      expect(readFileSync(join(root, "m/data"), "utf8")).toBe("kept");
    } finally {
      Bun.spawnSync(["umount", join(root, "m")]);
    }
    await remove(root);
    expect(existsSync(root)).toBe(false);
  });

  test("refuses what is no name", async () => {
    for (const path of ["/", "relative", "/tmp/.."]) await expect(remove(path)).rejects.toThrow("it is not the absolute path");
  });
});
