// Between archives and a real registry: whole indexes, further tags, docker's format, and sync by a list, with skopeo as the judge.
import { expect } from "bun:test";
import { DirectoryDestination, openDirectory } from "../../src/image/archives/directory.ts";
import { dockerArchiveDestination, openDockerArchive } from "../../src/image/archives/docker-archive.ts";
import { openOciDirectory } from "../../src/image/archives/oci-directory.ts";
import { listTags } from "../../src/image/client/listings.ts";
import { RegistryDestination } from "../../src/image/client/registry-destination.ts";
import { RegistrySource } from "../../src/image/client/registry-source.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import { itemsOf, syncItems } from "../../src/image/copy/sync.ts";
import { parseSyncList } from "../../src/image/copy/sync-list.ts";
import { clientContext, endpoint, reference, repositoryAt } from "../registry/fixture.ts";
import { startRegistry } from "../support/registry.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";
import { AMD64, ARM64, makeImage, makeIndex, writeLayout } from "./fixture.ts";

const { test } = requires("registry", "skopeo");
const options = { platform: AMD64, temporary: "/tmp" };

const repositoryOf = (name: string) => name.slice(name.indexOf("/") + 1).replace(/[:@].*/, "");
const endpointOf = (name: string) => endpoint(name.slice(0, name.indexOf("/")), repositoryOf(name));
const sourceAt = (name: string) => new RegistrySource(reference(name), [endpointOf(name)], clientContext());
const destinationAt = (name: string) => new RegistryDestination(reference(name), endpointOf(name), clientContext());
const digestAt = async (name: string) => JSON.parse(await runOk(["skopeo", "inspect", "--tls-verify=false", `docker://${name}`])).Digest;

test("a whole index goes to a registry under several tags, and one platform of it comes back as an archive", () =>
  withRoots(async (roots) => {
    await using registry = await startRegistry();
    const [amd, arm] = [await makeImage(roots.directory), await makeImage(roots.directory, { platform: ARM64 })];
    const index = makeIndex([
      { ...amd, platform: AMD64 },
      { ...arm, platform: ARM64 },
    ]);
    await writeLayout(roots.path("layout"), "x", index, [amd, arm]);
    {
      await using source = await openOciDirectory(roots.path("layout"));
      await using one = destinationAt(`${registry.host}/acme/app:1`);
      await using latest = destinationAt(`${registry.host}/acme/app:latest`);
      const { blobs } = await copyImage(source, one, { ...options, all: true, additional: [latest], preserveDigests: true });
      expect(blobs.copied).toBe(5);
    }
    for (const tag of ["1", "latest"]) expect(await digestAt(`${registry.host}/acme/app:${tag}`)).toBe(index.digest);
    {
      await using source = sourceAt(`${registry.host}/acme/app:1`);
      await using archive = await dockerArchiveDestination({ path: roots.path("a.tar") }, ["docker.io/acme/app:1"], options);
      await copyImage(source, archive, { ...options, platform: ARM64 });
    }
    await using archive = await openDockerArchive(roots.path("a.tar"), {}, options);
    expect((await archive.manifest()).digest).toBe(arm.manifest.digest);
  }));

test("docker's format is what the registry gets when it is asked for", () =>
  withRoots(async (roots) => {
    await using registry = await startRegistry();
    const image = await makeImage(roots.directory);
    await writeLayout(roots.path("layout"), "x", image.manifest, [image]);
    await using source = await openOciDirectory(roots.path("layout"));
    await using destination = destinationAt(`${registry.host}/a:docker`);
    const { manifest } = await copyImage(source, destination, { ...options, format: "docker" });
    expect(manifest.mediaType).toBe("application/vnd.docker.distribution.manifest.v2+json");
    expect(await digestAt(`${registry.host}/a:docker`)).toBe(manifest.digest);
  }));

test("sync takes the tags of a list from a registry to a directory, and to another registry", () =>
  withRoots(async (roots) => {
    await using from = await startRegistry();
    await using to = await startRegistry();
    const image = await makeImage(roots.directory);
    await writeLayout(roots.path("layout"), "x", image.manifest, [image]);
    for (const tag of ["1.0", "1.1", "2.0"]) {
      await using source = await openOciDirectory(roots.path("layout"));
      await using destination = destinationAt(`${from.host}/acme/app:${tag}`);
      await copyImage(source, destination, options);
    }
    const list = await parseSyncList(`"${from.host}": {tls-verify: false, images-by-tag-regex: {acme/app: '^1\\.'}}`);
    const tags = ({ registry }: { readonly registry: string }, repository: string) =>
      Array.fromAsync(listTags(repositoryAt(clientContext(), registry, repository)));
    const items = await itemsOf(list, tags, false);
    expect(items.map((item) => item.to)).toEqual(["app:1.0", "app:1.1"]);
    const openSource = async (name: string) => sourceAt(name);
    const toDirectory = async (name: string) => DirectoryDestination.open(roots.path(name));
    await syncItems(items, { openSource, openDestination: toDirectory }, options);
    await using directory = await openDirectory(roots.path("app:1.1"));
    expect((await directory.manifest()).digest).toBe(image.manifest.digest);
    const toRegistry = async (name: string) => destinationAt(`${to.host}/mirror/${name}`);
    await syncItems(items, { openSource, openDestination: toRegistry }, options);
    expect(await digestAt(`${to.host}/mirror/app:1.0`)).toBe(image.manifest.digest);
  }));
