// Every transport by the name that people write, from one to the next, with the digest kept.
import { expect, test } from "bun:test";
import { openArchive, openArchiveDestination } from "../../src/image/archives/open-archive.ts";
import { type ArchiveName, isArchiveName, parseTransportName } from "../../src/image/archives/transport-name.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import { withRoots } from "../support/roots.ts";
import { AMD64, makeImage, writeLayout } from "./fixture.ts";

const options = { temporary: "/tmp", dockerSocket: "/nowhere.sock", platform: AMD64 };

function archiveName(text: string): ArchiveName {
  const name = parseTransportName(text);
  if (!isArchiveName(name)) throw new Error(`${text} is no archive`);
  return name;
}

test("an image goes through all of them", () =>
  withRoots(async (roots) => {
    const image = await makeImage(roots.directory);
    await writeLayout(roots.path("layout"), "x", image.manifest, [image]);
    const names = [
      `oci:${roots.path("layout")}:x`,
      `oci-archive:${roots.path("a.tar")}:docker.io/library/a:1`,
      `docker-archive:${roots.path("b.tar")}:b:1`,
      `dir:${roots.path("dir")}`,
      `oci:${roots.path("again")}:x`,
    ];
    for (const [at, to] of names.slice(1).entries()) {
      await using source = await openArchive(archiveName(names[at] ?? ""), options);
      await using destination = await openArchiveDestination(archiveName(to), options);
      expect((await copyImage(source, destination, options)).manifest.digest).toBe(image.manifest.digest);
    }
    // Written twice: an archive is replaced, an image of a layout takes the name over.
    for (const to of names.slice(1)) {
      await using source = await openArchive(archiveName(names[0] ?? ""), options);
      await using destination = await openArchiveDestination(archiveName(to), options);
      await copyImage(source, destination, options);
    }
    await using last = await openArchive(archiveName(`docker-archive:${roots.path("b.tar")}:docker.io/library/b:1`), options);
    expect((await last.manifest()).digest).toBe(image.manifest.digest);
    await expect(openArchiveDestination(archiveName(`oci:${roots.path("again")}:@0`), options)).rejects.toThrow(/a source index names/);
    await expect(openArchiveDestination(archiveName(`docker-archive:${roots.path("c.tar")}:UPPER`), options)).rejects.toThrow(
      /must be lowercase/,
    );
    await expect(openArchive(archiveName("docker-daemon:a"), options)).rejects.toThrow(/no docker daemon answers on \/nowhere\.sock/);
  }));
