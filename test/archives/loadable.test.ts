// `load`: every image of an archive of either kind, also from a pipe.
import { expect, test } from "bun:test";
import { createReadStream, writeFileSync } from "node:fs";
import { ArchiveWriter } from "../../src/image/archives/archive-writer.ts";
import { openLoadable } from "../../src/image/archives/loadable.ts";
import { OciDirectoryDestination, openOciDirectory } from "../../src/image/archives/oci-directory.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import { withRoots } from "../support/roots.ts";
import { AMD64, makeImage, writeLayout } from "./fixture.ts";

const options = { temporary: "/tmp", platform: AMD64 };
const NAMES = ["docker.io/library/one:1", "docker.io/library/two:2"];

test.each(["docker", "oci"] as const)("all images of an archive of the %s kind, from a file and from a stream", (format) =>
  withRoots(async (roots) => {
    const digests: string[] = [];
    const path = roots.path("a.tar");
    {
      await using writer = await ArchiveWriter.open({ path }, { ...options, format });
      for (const name of NAMES) {
        const image = await makeImage(roots.directory, { salt: name });
        digests.push(await writeLayout(roots.path("layout"), name, image.manifest, [image]));
        await using source = await openOciDirectory(roots.path("layout"), { reference: name });
        await copyImage(source, writer.image([name]), options);
      }
      await writer.finish();
    }
    for (const input of [{ path }, { name: "standard input", stream: createReadStream(path) }]) {
      await using archive = await openLoadable(input, options);
      expect(archive.images.map(({ names }) => names)).toEqual(NAMES.map((name) => [name]));
      for (const [at, image] of archive.images.entries()) {
        await using source = await image.open();
        await using destination = await OciDirectoryDestination.open(roots.path("out"), `${at}`);
        expect<string | undefined>((await copyImage(source, destination, options)).manifest.digest).toBe(digests[at]);
      }
    }
  }),
);

test("what is no archive of images is refused", () =>
  withRoots(async (roots) => {
    writeFileSync(roots.path("a"), Buffer.alloc(1024, "x"));
    await expect(openLoadable({ path: roots.path("a") }, options)).rejects.toThrow(/it is no tar/);
    await expect(openLoadable({ path: roots.path("none") }, options)).rejects.toThrow(/ENOENT/);
    await expect(openLoadable({ path: roots.directory }, options)).rejects.toThrow(/^read the archive/);
  }));
