// One image from each form to the next, and over what is there: the digest is kept all the way.
import { expect, test } from "bun:test";
import { DirectoryDestination, openDirectory } from "../../src/image/archives/directory.ts";
import { dockerArchiveDestination, openDockerArchive } from "../../src/image/archives/docker-archive.ts";
import { ociArchiveDestination, openOciArchive } from "../../src/image/archives/oci-archive.ts";
import { OciDirectoryDestination, openOciDirectory } from "../../src/image/archives/oci-directory.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import type { ImageDestination, ImageSource } from "../../src/image/ports/transport.ts";
import { withRoots } from "../support/roots.ts";
import { AMD64, makeImage, writeLayout } from "./fixture.ts";

const options = { temporary: "/tmp", platform: AMD64 };

interface Form {
  read(): Promise<ImageSource>;
  write(): Promise<ImageDestination>;
}

test("an image goes through all forms, twice", () =>
  withRoots(async (roots) => {
    const image = await makeImage(roots.directory);
    await writeLayout(roots.path("layout"), "x", image.manifest, [image]);
    const [ociTar, dockerTar] = [roots.path("oci.tar"), roots.path("docker.tar")];
    const forms: readonly Form[] = [
      {
        read: () => openOciArchive(ociTar, { reference: "docker.io/library/a:1" }, options),
        write: () => ociArchiveDestination({ path: ociTar }, "docker.io/library/a:1", options),
      },
      {
        read: () => openDockerArchive(dockerTar, { reference: "a:1" }, options),
        write: () => dockerArchiveDestination({ path: dockerTar }, ["docker.io/library/a:1", "docker.io/library/a:2"], options),
      },
      { read: () => openDirectory(roots.path("dir")), write: () => DirectoryDestination.open(roots.path("dir")) },
      {
        read: () => openOciDirectory(roots.path("again"), { reference: "y" }),
        write: () => OciDirectoryDestination.open(roots.path("again"), "y"),
      },
    ];
    let read = () => openOciDirectory(roots.path("layout")) as Promise<ImageSource>;
    for (const form of [...forms, ...forms]) {
      await using source = await read();
      await using destination = await form.write();
      expect((await copyImage(source, destination, options)).manifest.digest).toBe(image.manifest.digest);
      read = form.read;
    }
    // The second time, the image took its own name over: it is the only one still.
    await using only = await openOciDirectory(roots.path("again"));
    expect((await only.manifest()).digest).toBe(image.manifest.digest);
    await using second = await openDockerArchive(dockerTar, { reference: "docker.io/library/a:2" }, options);
    expect((await second.manifest()).digest).toBe(image.manifest.digest);
  }));
