// Layers that came as plain tar are packed for the way to a registry: once, always to the same bytes, and the image stays the same image.
import { expect } from "bun:test";
import { gunzipSync } from "node:zlib";
import { openOciDirectory } from "../../src/image/archives/oci-directory.ts";
import { copyImage } from "../../src/image/copy/copy.ts";
import { openStore } from "../../src/image/store/store.ts";
import { makeImage } from "../archives/fixture.ts";
import { ROOT } from "../cli/callers.ts";
import { runOk } from "../support/run.ts";
import { type ImageCli, imageTests } from "./image-tests.ts";

/** Puts an image of plain layers into the store under names, as `load` does. */
async function load(images: ImageCli, ...names: readonly string[]) {
  const image = await makeImage(images.registry.directory, { compression: "none" });
  const platform = { os: "linux", architecture: "amd64" };
  const self = { pid: process.pid, startTime: "0", bootId: "test" };
  const store = openStore({ root: images.cli.roots.root, now: Date.now, process: self, platform });
  for (const imageName of names) {
    await using source = await openOciDirectory(await images.layout(image), {});
    await using destination = store.destination({ imageName });
    await copyImage(source, destination, { platform });
  }
  store.close();
  return image;
}

interface Manifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly mediaType: string; readonly digest: string }[];
}

imageTests(
  "plain layers are pushed packed, the same at every place, and the image keeps its ID and its names",
  async (images) => {
    const { blobs, manifest } = await load(images, images.name("team/plain:1"), "docker.io/library/local:1");
    const [config, ...layers] = blobs;
    const id = await images.ok("images", "-q", "--no-trunc", "local:1");
    const first = await images.ok("push", images.name("team/plain:1"));
    for (const { descriptor } of layers) expect(first).toContain(`${descriptor.digest.slice(7, 19)}: Packing\n`);
    expect(first).toContain(": Pushed\n");
    expect(first).not.toContain(manifest.digest);
    const remote = async (path: string) =>
      JSON.parse(await runOk(["skopeo", "inspect", "--raw", "--tls-verify=false", `docker://${images.name(path)}`])) as Manifest;
    const there = await remote("team/plain:1");
    expect<unknown>(there.config.digest).toBe(config?.descriptor.digest);
    for (const [at, layer] of there.layers.entries()) {
      expect(layer.mediaType).toBe("application/vnd.oci.image.layer.v1.tar+gzip");
      const packed = await fetch(`${images.registry.url}/v2/team/plain/blobs/${layer.digest}`);
      expect(Buffer.compare(gunzipSync(await packed.arrayBuffer()), Buffer.from(layers[at]?.bytes ?? []))).toBe(0);
    }
    expect(await images.ok("images", "-q", "--no-trunc", "local:1")).toBe(id);
    expect((await images.ok("images", "-q")).trim().split("\n")).toHaveLength(2);
    await images.ok("tag", "local:1", images.name("other/plain:1"));
    expect(await images.ok("push", images.name("other/plain:1"))).toContain(": Mounted from team/plain\n");
    expect(await remote("other/plain:1")).toEqual(there);
    expect(await images.ok("rmi", "-f", id.trim())).toContain("Deleted: sha256:");
    await images.ok("pull", "-q", images.name("team/plain:1"));
    expect(await images.ok("images", "-q", "--no-trunc")).toBe(id);
  },
  { callers: [ROOT] },
);
