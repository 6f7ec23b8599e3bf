// What goes wrong with a bootstrap: each in one sentence, and nothing is left behind.
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { importTar } from "../../src/image/archives/import.ts";
import { type BootstrapOptions, bootstrap } from "../../src/image/bootstrap/bootstrap.ts";
import { parseRecipe } from "../../src/image/bootstrap/recipe.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { AMD64 } from "./fixture.ts";

/** A mirror with a date and nothing else. */
function emptyMirror() {
  const release = "Suite: stable\nDate: Sat, 11 Jul 2026 10:16:37 UTC\n";
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: ({ url }) => (url.endsWith("/dists/bookworm/InRelease") ? new Response(release) : new Response("", { status: 404 })),
  });
}

function optionsOf(roots: TestRoots, path = process.env.PATH ?? ""): BootstrapOptions {
  const temporary = roots.path("tmp");
  mkdirSync(temporary, { recursive: true, mode: 0o777 });
  return { path, temporary, isRoot: process.getuid?.() === 0 };
}

test("a suite that the mirror lacks, and a mirror that does not answer, are told apart", () =>
  withRoots(async (roots) => {
    await using mirror = emptyMirror();
    const at = (text: string) => bootstrap(parseRecipe(text, AMD64), optionsOf(roots));
    await expect(at(`debian/nosuch?mirror=${mirror.url}`)).rejects.toThrow(/the mirror has no suite nosuch \(404\)/);
    await expect(at("debian/bookworm?mirror=http://127.0.0.1:1/debian")).rejects.toThrow(/^fetch http:\/\/127\.0\.0\.1:1\/debian\/dists/);
  }));

test("without either tool it says which to install", () =>
  withRoots(async (roots) => {
    await using mirror = emptyMirror();
    const tree = await bootstrap(parseRecipe(`debian/bookworm?mirror=${mirror.url}`, AMD64), optionsOf(roots, roots.path("tmp")));
    await expect(importTar("x", tree.tar, { ...tree, temporary: "/tmp" })).rejects.toThrow(
      /neither mmdebstrap nor debootstrap is installed/,
    );
  }));

requires("mmdebstrap", "root").test("a tool that fails makes no image, says why, and leaves nothing", () =>
  withRoots(async (roots) => {
    await using mirror = emptyMirror();
    const options = optionsOf(roots);
    const tree = await bootstrap(parseRecipe(`debian/bookworm?mirror=${mirror.url}`, AMD64), options);
    expect(tree.created).toBe("2026-07-11T10:16:37.000Z");
    await expect(importTar("x", tree.tar, { ...tree, temporary: "/tmp" })).rejects.toThrow(/run mmdebstrap: exit status \d+: .*apt/);
    expect(readdirSync(options.temporary)).toEqual([]);
  }),
);
