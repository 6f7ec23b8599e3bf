import { describe, expect, test } from "bun:test";
import { bareMediaType, inFamily, layerType, MANIFEST_TYPES, mediaTypeFacts, OCI_EMPTY, OCI_INDEX } from "./media-types.ts";

describe("inFamily", () => {
  const rows: { name: string; from: string; family: "oci" | "docker"; want: string | undefined }[] = [
    {
      name: "turns docker's manifest list into an index",
      from: "application/vnd.docker.distribution.manifest.list.v2+json",
      family: "oci",
      want: OCI_INDEX,
    },
    {
      name: "keeps the compression of a layer",
      from: "application/vnd.oci.image.layer.v1.tar+zstd",
      family: "docker",
      want: "application/vnd.docker.image.rootfs.diff.tar.zstd",
    },
    {
      name: "keeps a layer foreign",
      from: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      family: "oci",
      want: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    },
    { name: "leaves what is of the family already", from: OCI_INDEX, family: "oci", want: OCI_INDEX },
    { name: "leaves types of artifacts", from: "application/vnd.acme.rocket", family: "docker", want: "application/vnd.acme.rocket" },
    { name: "has no empty descriptor for docker", from: OCI_EMPTY, family: "docker", want: undefined },
  ];
  for (const { name, from, family, want } of rows) test(name, () => expect(inFamily(from, family)).toBe(want));
});

test("a layer's type says its compression, in both families", () => {
  for (const family of ["oci", "docker"] as const) {
    for (const compression of ["none", "gzip", "zstd"] as const) {
      for (const nondistributable of [false, true]) {
        const facts = mediaTypeFacts(layerType(family, compression, { nondistributable }));
        expect(facts).toEqual({ kind: "layer", family, compression, nondistributable });
      }
    }
  }
  expect(layerType("docker", "gzip")).toBe("application/vnd.docker.image.rootfs.diff.tar.gzip");
});

test("the manifest types are the two manifests and the two indexes", () => {
  expect(MANIFEST_TYPES.map((type) => mediaTypeFacts(type).kind).sort()).toEqual(["index", "index", "manifest", "manifest"]);
});

test("a type that is in no table is of kind other, whatever its name", () => {
  expect(mediaTypeFacts("__proto__").kind).toBe("other");
});

test("parameters and case of a Content-Type do not count", () => {
  expect(bareMediaType("Application/JSON ; charset=utf-8")).toBe("application/json");
});
