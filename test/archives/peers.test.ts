// Archives and layouts both ways between teu and skopeo, umoci, podman and docker, with the digests that they had.
import { expect } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import type { Digest } from "../../src/base/digest.ts";
import { ArchiveWriter } from "../../src/image/archives/archive-writer.ts";
import { DirectoryDestination, openDirectory } from "../../src/image/archives/directory.ts";
import { dockerArchiveDestination, openDockerArchive } from "../../src/image/archives/docker-archive.ts";
import { ociArchiveDestination, openOciArchive } from "../../src/image/archives/oci-archive.ts";
import { OciDirectoryDestination, openOciDirectory } from "../../src/image/archives/oci-directory.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import type { ImageDestination, ImageSource } from "../../src/image/ports/transport.ts";
import { parseManifest } from "../../src/spec/image/parse-manifest.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { run, runOk } from "../support/run.ts";
import { AMD64, ARM64, makeImage, makeIndex, writeLayout } from "./fixture.ts";

const NAME = "docker.io/library/fixture:1";
const options = { platform: AMD64, temporary: "/tmp" };

async function move(source: ImageSource | Promise<ImageSource>, destination: ImageDestination | Promise<ImageDestination>, all = false) {
  await using from = await source;
  await using to = await destination;
  return await copyImage(from, to, { platform: AMD64, all });
}

async function imageId(source: Promise<ImageSource>): Promise<Digest | undefined> {
  await using from = await source;
  const { bytes } = await from.manifest();
  return parseManifest(bytes).manifest?.config.digest;
}

/** A layout with one image, its manifest's and its configuration's digest. */
async function fixtureLayout(roots: TestRoots) {
  const image = await makeImage(roots.directory);
  const layout = roots.path("layout");
  const digest = await writeLayout(layout, NAME, image.manifest, [image]);
  return { layout, digest, id: image.blobs[0]?.descriptor.digest ?? "" };
}

const skopeoDigest = async (name: string) => JSON.parse(await runOk(["skopeo", "inspect", name])).Digest;

/** podman with a storage of its own. */
function podmanOf(roots: TestRoots): readonly string[] {
  const words = ["podman", "--root", roots.path("podman"), "--runroot", roots.path("podman-run"), "--storage-driver", "vfs"];
  return [...words, "--tmpdir", roots.path("podman-tmp")];
}

const skopeo = requires("skopeo");
const umoci = requires("umoci");
const podman = requires("podman", "skopeo", "root");

skopeo.test("skopeo reads each of our forms with the digest it had", () =>
  withRoots(async (roots) => {
    const { layout, digest } = await fixtureLayout(roots);
    await move(openOciDirectory(layout), DirectoryDestination.open(roots.path("dir")));
    await move(openOciDirectory(layout), OciDirectoryDestination.open(roots.path("again"), "x"));
    await move(openOciDirectory(layout), ociArchiveDestination({ path: roots.path("oci.tar") }, NAME, options));
    for (const name of [
      `oci:${layout}:${NAME}`,
      `dir:${roots.path("dir")}`,
      `oci:${roots.path("again")}:x`,
      `oci-archive:${roots.path("oci.tar")}:${NAME}`,
    ]) {
      expect({ name, digest: await skopeoDigest(name) }).toEqual({ name, digest });
    }
    await move(openOciDirectory(layout), dockerArchiveDestination({ path: roots.path("docker.tar") }, [NAME], options));
    await runOk(["skopeo", "copy", `docker-archive:${roots.path("docker.tar")}:fixture:1`, `dir:${roots.path("out")}`]);
  }),
);

skopeo.test("what skopeo writes comes back with the digest it had", () =>
  withRoots(async (roots) => {
    const { layout, digest, id } = await fixtureLayout(roots);
    const from = `oci:${layout}:${NAME}`;
    await runOk(["skopeo", "copy", from, `oci:${roots.path("oci")}:a`]);
    await runOk(["skopeo", "copy", from, `oci-archive:${roots.path("oci.tar")}:a`]);
    await runOk(["skopeo", "copy", from, `dir:${roots.path("dir")}`]);
    await runOk(["skopeo", "copy", from, `docker-archive:${roots.path("docker.tar")}:fixture:1`]);
    await runOk(["gzip", "-k", roots.path("oci.tar")]);
    await runOk(["zstd", "-q", "-k", roots.path("oci.tar")]);
    const sources: readonly (() => Promise<ImageSource>)[] = [
      () => openOciDirectory(roots.path("oci"), { reference: "a" }),
      () => openOciDirectory(roots.path("oci"), { index: 0 }),
      () => openOciArchive(roots.path("oci.tar"), { reference: "a" }, options),
      () => openOciArchive(roots.path("oci.tar.gz"), {}, options),
      () => openOciArchive(roots.path("oci.tar.zst"), {}, options),
      () => openDirectory(roots.path("dir")),
    ];
    for (const [at, open] of sources.entries()) {
      const { manifest } = await move(open(), OciDirectoryDestination.open(roots.path(`copy-${at}`), "x"));
      expect(manifest.digest).toBe(digest);
    }
    for (const reference of ["fixture:1", NAME]) {
      const open = () => openDockerArchive(roots.path("docker.tar"), { reference }, options);
      expect(await imageId(open())).toBe(id as Digest);
      await move(open(), OciDirectoryDestination.open(roots.path("from-docker"), "x"));
    }
    // The layers of the archive are plain tars; what they unpack to is what skopeo made of ours.
    await runOk(["skopeo", "inspect", `oci:${roots.path("from-docker")}:x`]);
  }),
);

skopeo.test("a whole index travels through skopeo and back with its digest", () =>
  withRoots(async (roots) => {
    const [amd, arm] = [await makeImage(roots.directory), await makeImage(roots.directory, { platform: ARM64 })];
    const index = makeIndex([
      { ...amd, platform: AMD64 },
      { ...arm, platform: ARM64 },
    ]);
    await writeLayout(roots.path("layout"), "all", index, [amd, arm]);
    await move(openOciDirectory(roots.path("layout")), ociArchiveDestination({ path: roots.path("a.tar") }, "all", options), true);
    await runOk(["skopeo", "copy", "--all", `oci-archive:${roots.path("a.tar")}:all`, `dir:${roots.path("dir")}`]);
    const { manifest } = await move(openDirectory(roots.path("dir")), OciDirectoryDestination.open(roots.path("back"), "all"), true);
    expect(manifest.digest).toBe(index.digest);
    // One platform of it is that platform's image, unchanged.
    await using source = await openOciDirectory(roots.path("back"));
    await using destination = await DirectoryDestination.open(roots.path("arm"));
    expect((await copyImage(source, destination, { platform: ARM64 })).manifest.digest).toBe(arm.manifest.digest);
  }),
);

umoci.test("umoci unpacks our layout, and we read the layout that it changed", () =>
  withRoots(async (roots) => {
    const { layout } = await fixtureLayout(roots);
    await move(openOciDirectory(layout), OciDirectoryDestination.open(roots.path("ours"), "1"));
    await runOk(["umoci", "unpack", "--rootless", "--image", `${roots.path("ours")}:1`, roots.path("bundle")]);
    expect(await Bun.file(roots.path("bundle/rootfs/etc/salt")).text()).toBe("a amd64\n");
    writeFileSync(roots.path("bundle/rootfs/etc/more"), "more\n");
    await runOk(["umoci", "repack", "--image", `${roots.path("ours")}:2`, roots.path("bundle")]);
    const { manifest } = await move(
      openOciDirectory(roots.path("ours"), { reference: "2" }),
      OciDirectoryDestination.open(roots.path("theirs"), "2"),
    );
    expect(parseManifest(manifest.bytes).manifest?.layers.length).toBe(3);
  }),
);

podman.test(
  "podman loads what we save, one image or several, under the names it had; we read what podman saves",
  () =>
    withRoots(
      async (roots) => {
        const words = podmanOf(roots);
        const [one, two] = [await makeImage(roots.directory), await makeImage(roots.directory, { salt: "b", compression: "none" })];
        await writeLayout(roots.path("layout"), "docker.io/library/one:1", one.manifest, [one]);
        await writeLayout(roots.path("layout"), "docker.io/library/two:2", two.manifest, [two]);

        await move(
          openOciDirectory(roots.path("layout"), { reference: "docker.io/library/one:1" }),
          dockerArchiveDestination({ path: roots.path("single.tar") }, ["docker.io/library/one:1"], options),
        );
        expect(await runOk([...words, "load", "-i", roots.path("single.tar")])).toContain("docker.io/library/one:1");
        await runOk([...words, "rmi", "docker.io/library/one:1"]);

        {
          await using writer = await ArchiveWriter.open({ path: roots.path("both.tar") }, { ...options, format: "docker" });
          for (const name of ["docker.io/library/one:1", "docker.io/library/two:2"]) {
            await move(openOciDirectory(roots.path("layout"), { reference: name }), writer.image([name]));
          }
          await writer.finish();
        }
        const loaded = await runOk([...words, "load", "-i", roots.path("both.tar")]);
        expect(loaded).toContain("docker.io/library/one:1");
        expect(loaded).toContain("docker.io/library/two:2");
        const id = (await runOk([...words, "image", "inspect", "--format", "{{.Id}}", "docker.io/library/one:1"])).trim();
        expect(`sha256:${id}`).toBe(one.blobs[0]?.descriptor.digest ?? "");

        await runOk([...words, "save", "-q", "-m", "-o", roots.path("podman.tar"), "docker.io/library/one:1", "docker.io/library/two:2"]);
        const back = await imageId(openDockerArchive(roots.path("podman.tar"), { reference: "one:1" }, options));
        expect(back).toBe(`sha256:${id}` as Digest);
        await move(
          openDockerArchive(roots.path("podman.tar"), { reference: "two:2" }, options),
          OciDirectoryDestination.open(roots.path("two"), "2"),
        );
        await runOk([...words, "save", "-q", "--format", "oci-archive", "-o", roots.path("podman-oci.tar"), "docker.io/library/one:1"]);
        // podman rewrites the configuration for this format, so the judge is skopeo.
        const moved = await move(openOciArchive(roots.path("podman-oci.tar"), {}, options), DirectoryDestination.open(roots.path("oci")));
        expect(moved.manifest.digest).toBe(await skopeoDigest(`oci-archive:${roots.path("podman-oci.tar")}`));
      },
      { leftovers: "sweep" },
    ),
  60_000,
);

skopeo.test("an archive goes through a pipe on both sides", () =>
  withRoots(async (roots) => {
    const { layout, digest } = await fixtureLayout(roots);
    const chunks: Uint8Array[] = [];
    await move(
      openOciDirectory(layout),
      ociArchiveDestination({ name: "standard output", write: (chunk) => void chunks.push(chunk) }, NAME, options),
    );
    writeFileSync(roots.path("piped.tar"), Buffer.concat(chunks));
    await runOk(["mkfifo", roots.path("fifo")]);
    const feeding = run(["sh", "-c", `cat '${roots.path("piped.tar")}' > '${roots.path("fifo")}'`]);
    const { manifest } = await move(openOciArchive(roots.path("fifo"), {}, options), OciDirectoryDestination.open(roots.path("out"), "x"));
    await feeding;
    expect(manifest.digest).toBe(digest);
  }),
);

skopeo.test("a copy to docker's format is what skopeo makes of it, and back again is what it was", () =>
  withRoots(async (roots) => {
    const { layout, digest } = await fixtureLayout(roots);
    mkdirSync(roots.path("theirs"));
    await using source = await openOciDirectory(layout);
    const toDocker = async () => {
      await using ours = await DirectoryDestination.open(roots.path("docker"));
      return await copyImage(source, ours, { platform: AMD64, format: "docker" });
    };
    const result = await toDocker();
    expect(result.converted).toEqual([[digest, result.manifest.digest]]);
    await runOk(["skopeo", "copy", "--format", "v2s2", `oci:${layout}:${NAME}`, `dir:${roots.path("theirs")}`]);
    const [mine, theirs] = await Promise.all(["docker", "theirs"].map((name) => Bun.file(roots.path(name, "manifest.json")).json()));
    expect(mine).toEqual(theirs);
    expect(readdirSync(roots.path("docker")).sort()).toEqual(readdirSync(roots.path("theirs")).sort());

    await using docker = await openDirectory(roots.path("docker"));
    await using oci = await DirectoryDestination.open(roots.path("oci"));
    expect((await copyImage(docker, oci, { platform: AMD64, format: "oci" })).manifest.digest).toBe(digest);
    const kept = copyImage(source, oci, { platform: AMD64, format: "docker", preserveDigests: true });
    await expect(kept).rejects.toThrow(/changes the digest sha256:.*to be kept/);
  }),
);
