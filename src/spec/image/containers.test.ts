// What holds images: layouts and docker's archives; and artifacts with their lists of referrers.
import { describe, expect, test } from "bun:test";
import { digestOf } from "../../base/digest.ts";
import { InvalidInputError } from "../../base/errors.ts";
import { artifactTypeOf, EMPTY_DESCRIPTOR, isImage, referrerDescriptor, referrersIndex, referrersTag } from "./artifact.ts";
import type { Descriptor } from "./descriptor.ts";
import { encodeArchiveFile, parseArchiveManifest, parseArchiveRepositories } from "./docker-archive.ts";
import { blobPath, checkLayoutFile, encodeLayoutFile, findNamed, IMAGE_NAME, namesIn, REF_NAME, withNamed } from "./layout.ts";
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from "./media-types.ts";
import { parseManifest } from "./parse-manifest.ts";

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const descriptor = (name: string, annotations?: Record<string, string>): Descriptor => ({
  mediaType: OCI_MANIFEST,
  digest: digestOf(name),
  size: 1,
  ...(annotations && { annotations }),
});

describe("a layout", () => {
  test("has a marker that reads back, and other versions are refused", () => {
    checkLayoutFile(encodeLayoutFile());
    expect(() => checkLayoutFile(bytesOf({ imageLayoutVersion: "2.0.0" }))).toThrow(
      "imageLayoutVersion: must be a version compatible with 1.0.0",
    );
    expect(() => checkLayoutFile(bytesOf({}))).toThrow(InvalidInputError);
  });

  test("finds images by ref name, else by image name", () => {
    const whole = "docker.io/library/debian:12";
    const index = {
      schemaVersion: 2 as const,
      mediaType: OCI_INDEX,
      manifests: [
        descriptor("none"),
        descriptor("a", { [REF_NAME]: "12", [IMAGE_NAME]: whole }),
        descriptor("b", { [IMAGE_NAME]: "other" }),
      ],
    };
    expect(findNamed(index, "12")?.digest).toBe(digestOf("a"));
    expect(findNamed(index, whole)?.digest).toBe(digestOf("a"));
    expect(findNamed(index, "13")).toBeUndefined();
    expect(namesIn(index)).toEqual(["12", "other"]);
  });

  test("gives a name to one image only, and forgets none", () => {
    const one = withNamed(undefined, "x", descriptor("a"));
    const two = withNamed(one, "x", descriptor("b"));
    expect(two.manifests).toEqual([descriptor("a"), descriptor("b", { [REF_NAME]: "x" })]);
    expect(withNamed(two, "x", descriptor("b"))).toEqual(two);
  });

  test("keeps a blob below its algorithm", () => expect(blobPath(digestOf("{}"))).toBe(`blobs/sha256/${digestOf("{}").slice(7)}`));
});

describe("docker's archive", () => {
  const image = { Config: "a.json", RepoTags: ["debian:12"], Layers: ["b/layer.tar"] };
  test("reads what docker writes, null lists and foreign layers included", () => {
    const foreign = { ...image, RepoTags: null, Layers: null, LayerSources: { [digestOf("x")]: descriptor("x") } };
    expect(parseArchiveManifest(bytesOf([image, foreign])) as unknown).toEqual([
      image,
      { Config: "a.json", Layers: [], LayerSources: { [digestOf("x")]: descriptor("x") } },
    ]);
    expect(parseArchiveRepositories(bytesOf({ debian: { "12": "abc" } })).debian?.["12"]).toBe("abc");
    expect(parseArchiveManifest(encodeArchiveFile([image])) as unknown).toEqual([image]);
  });
  for (const path of ["/etc/passwd", "../x", "a/../b", "a//b", "./a", "", "a\0"]) {
    test(`refuses the member ${JSON.stringify(path)}`, () => {
      expect(() => parseArchiveManifest(bytesOf([{ ...image, Layers: ["ok", path] }]))).toThrow("[0].Layers[1]: must be a relative path");
      expect(() => parseArchiveManifest(bytesOf([{ ...image, Config: path }]))).toThrow("[0].Config: must be a relative path");
    });
  }
});

describe("an artifact", () => {
  const manifest = (change: object) =>
    parseManifest(bytesOf({ schemaVersion: 2, config: { ...descriptor("c"), mediaType: OCI_CONFIG }, layers: [], ...change }));
  const rows: { name: string; change: object; type: string | undefined; listed: string; image: boolean }[] = [
    { name: "is what it says", change: { artifactType: "a/b", config: EMPTY_DESCRIPTOR }, type: "a/b", listed: "a/b", image: false },
    {
      name: "is of its config's type",
      change: { config: { ...descriptor("c"), mediaType: "x/y" } },
      type: "x/y",
      listed: "x/y",
      image: false,
    },
    { name: "is an image by its config", change: {}, type: undefined, listed: OCI_CONFIG, image: true },
  ];
  for (const { name, change, type, listed, image } of rows) {
    test(name, () => {
      const parsed = manifest(change);
      expect(artifactTypeOf(parsed)).toBe(type);
      expect(referrerDescriptor(parsed, digestOf("m"), 5)).toEqual({
        mediaType: OCI_MANIFEST,
        digest: digestOf("m"),
        size: 5,
        artifactType: listed,
      });
      expect(parsed.manifest && isImage(parsed.manifest)).toBe(image);
    });
  }

  test("is listed with its annotations, by its type, under a tag made of the digest", () => {
    const listed = referrerDescriptor(manifest({ artifactType: "a/b", annotations: { k: "v" } }), digestOf("m"), 5);
    expect(listed.annotations).toEqual({ k: "v" });
    expect(referrersIndex([listed, descriptor("x")], "a/b").manifests).toEqual([listed]);
    expect(referrersIndex([listed, descriptor("x")]).manifests.length).toBe(2);
    expect(referrersTag(digestOf("m"))).toBe(digestOf("m").replace(":", "-"));
    expect(referrersTag(digestOf("m", "sha512")).length).toBe("sha512-".length + 64);
  });

  test("without content has the two bytes that every one has", () => {
    expect(parseManifest(bytesOf({ schemaVersion: 2, config: EMPTY_DESCRIPTOR, layers: [EMPTY_DESCRIPTOR] })).manifest?.layers[0]).toEqual(
      EMPTY_DESCRIPTOR,
    );
  });
});
