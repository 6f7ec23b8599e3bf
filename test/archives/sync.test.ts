// Many images at once, from a list and from a directory that such a run has made.
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { dirname } from "node:path";
import { DirectoryDestination, openDirectory } from "../../src/image/archives/directory.ts";
import { OciDirectoryDestination, openOciDirectory } from "../../src/image/archives/oci-directory.ts";
import { itemsOf, itemsOfDirectory, syncItems } from "../../src/image/copy/sync.ts";
import { parseSyncList } from "../../src/image/copy/sync-list.ts";
import { withRoots } from "../support/roots.ts";
import { AMD64, makeImage, writeLayout } from "./fixture.ts";

test("a list goes to a directory, and the directory on to somewhere else, with the digests that the images had", () =>
  withRoots(async (roots) => {
    const names = ["a.io/x/app:1", "a.io/x/app:2", "b.io/y/app:1"];
    const digests: string[] = [];
    for (const name of names) {
      const image = await makeImage(roots.directory, { salt: name });
      digests.push(await writeLayout(roots.path("registry"), name, image.manifest, [image]));
    }

    const list = await parseSyncList("a.io: {images: {x/app: []}}\nb.io: {images-by-tag-regex: {y/app: '^1$'}}");
    const tags = async ({ registry }: { readonly registry: string }) => (registry === "a.io" ? ["1", "2"] : ["1", "11"]);
    const items = await itemsOf(list, tags, true);
    expect(items.map(({ from }) => from)).toEqual(names);
    const { copied, failed } = await syncItems(
      [...items, { from: "a.io/x/app:3", to: "none" }],
      {
        openSource: (from) => openOciDirectory(roots.path("registry"), { reference: from }),
        openDestination: async (to) => {
          mkdirSync(dirname(roots.path("mirror", to)), { recursive: true });
          return DirectoryDestination.open(roots.path("mirror", to));
        },
      },
      { platform: AMD64, keepGoing: true },
    );
    expect(copied).toEqual(items);
    expect(failed.map(({ item }) => item.from)).toEqual(["a.io/x/app:3"]);
    expect(readdirSync(roots.path("mirror")).sort()).toEqual(["a.io", "b.io"]);

    const again = await itemsOfDirectory(roots.path("mirror"), true);
    expect(again.map(({ to }) => to)).toEqual(names);
    await syncItems(
      again,
      { openSource: openDirectory, openDestination: (to) => OciDirectoryDestination.open(roots.path("back"), to) },
      { platform: AMD64 },
    );
    for (const [at, reference] of names.entries()) {
      await using source = await openOciDirectory(roots.path("back"), { reference });
      expect<string | undefined>((await source.manifest()).digest).toBe(digests[at]);
    }
  }));
