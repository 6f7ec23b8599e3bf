import { describe, expect, test } from "bun:test";
import { digestOf } from "../../base/digest.ts";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import { DOCKER_CONFIG, DOCKER_INDEX, DOCKER_MANIFEST, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from "./media-types.ts";
import { encodeManifest, MOST_LAYERS, parseManifest } from "./parse-manifest.ts";

const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const descriptor = (mediaType: string, change: object = {}) => ({ mediaType, digest: digestOf(mediaType), size: 7, ...change });
const MANIFEST = { schemaVersion: 2, config: descriptor(OCI_CONFIG), layers: [descriptor(LAYER)] };
const INDEX = { schemaVersion: 2, manifests: [descriptor(OCI_MANIFEST, { platform: { os: "linux", architecture: "amd64" } })] };

const bytesOf = (value: unknown) => new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

function problems(value: unknown, mediaType?: string): string[] {
  try {
    parseManifest(bytesOf(value), mediaType);
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems.map(({ field, message }) => `${field}: ${message}`);
    throw error;
  }
  return [];
}

describe("the effective media type", () => {
  const rows: { name: string; document: object; came?: string; want: string }[] = [
    { name: "is what the document says", document: { ...MANIFEST, mediaType: DOCKER_MANIFEST }, want: DOCKER_MANIFEST },
    { name: "is what it came as when it says nothing", document: MANIFEST, came: DOCKER_MANIFEST, want: DOCKER_MANIFEST },
    { name: "is the OCI's manifest by its fields", document: MANIFEST, want: OCI_MANIFEST },
    { name: "is the OCI's index by its fields", document: INDEX, want: OCI_INDEX },
    { name: "passes over a type that says nothing", document: INDEX, came: "application/json; charset=utf-8", want: OCI_INDEX },
    { name: "passes over the parameters of a type", document: INDEX, came: `${DOCKER_INDEX}; q=1`, want: DOCKER_INDEX },
    { name: "passes over an empty one", document: { ...INDEX, mediaType: "" }, came: DOCKER_INDEX, want: DOCKER_INDEX },
  ];
  for (const { name, document, came, want } of rows) {
    test(name, () => {
      const parsed = parseManifest(bytesOf(document), came);
      expect((parsed.manifest ?? parsed.index)?.mediaType).toBe(want);
    });
  }
});

test("null stands for an empty list", () => {
  expect(parseManifest(bytesOf({ ...MANIFEST, layers: null })).manifest?.layers).toEqual([]);
  expect(parseManifest(bytesOf({ ...INDEX, manifests: null })).index?.manifests).toEqual([]);
});

test("an artifact with any media type, annotations and a subject is taken whole", () => {
  const artifact = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: "application/vnd.acme.rocket",
    config: descriptor("application/vnd.oci.empty.v1+json", { data: "e30=", size: 2, digest: digestOf("{}") }),
    layers: [descriptor("application/x-anything", { annotations: { a: "b" }, urls: ["https://example.org/x"] })],
    subject: descriptor(OCI_MANIFEST),
    annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" },
  };
  expect(parseManifest(bytesOf(artifact)).manifest as unknown).toEqual(artifact);
});

describe("a manifest is refused", () => {
  const both = { ...MANIFEST, ...INDEX };
  const rows: { name: string; document: unknown; came?: string; want: string[] }[] = [
    { name: "when it is an index as well", document: both, want: ["document: is both a manifest and an index (CVE-2021-41190)"] },
    {
      name: "when it is an index with a config",
      document: { ...INDEX, config: MANIFEST.config },
      want: ["document: is both a manifest and an index (CVE-2021-41190)"],
    },
    {
      name: "when it hides one list in a prototype",
      document: `{"schemaVersion":2,"layers":[],"__proto__":${JSON.stringify(MANIFEST)}}`,
      want: ["config: is required"],
    },
    { name: "when it is neither", document: {}, want: [expect.stringContaining("neither")] as unknown as string[] },
    { name: "when it is no object", document: [MANIFEST], want: [expect.stringContaining("neither")] as unknown as string[] },
    {
      name: "when it came as something else",
      document: { ...MANIFEST, mediaType: OCI_MANIFEST },
      came: DOCKER_MANIFEST,
      want: [`mediaType: is ${OCI_MANIFEST}, but the document came as ${DOCKER_MANIFEST}`],
    },
    {
      name: "when its type is an index's",
      document: { ...MANIFEST, mediaType: OCI_INDEX },
      want: [`mediaType: ${OCI_INDEX} has no layers, the document has`],
    },
    {
      name: "when it came as an index",
      document: MANIFEST,
      came: OCI_INDEX,
      want: [`mediaType: ${OCI_INDEX} has no layers, the document has`],
    },
    {
      name: "when its type is no manifest's",
      document: { ...MANIFEST, mediaType: DOCKER_CONFIG },
      want: ["mediaType: is no media type of a manifest or an index"],
    },
    { name: "with another schema version", document: { ...MANIFEST, schemaVersion: 3 }, want: ["schemaVersion: must be 2"] },
    { name: "without a config", document: { schemaVersion: 2, layers: [] }, want: ["config: is required"] },
    {
      name: "with fsLayers of schema 1",
      document: { ...MANIFEST, fsLayers: [] },
      want: ["fsLayers: belongs to schema 1, the document says another"],
    },
    {
      name: "with a digest that is a path",
      document: { ...MANIFEST, layers: [descriptor(LAYER, { digest: "sha256:../../../etc/passwd" })] },
      want: ['layers[0].digest: "sha256:../../../etc/passwd" is no digest of sha256 or sha512 in lower-case hexadecimal digits'],
    },
    {
      name: "with a negative size",
      document: { ...MANIFEST, config: descriptor(OCI_CONFIG, { size: -1 }) },
      want: ["config.size: -1 is not from 0 to 9007199254740991"],
    },
    {
      name: "with a size that a double cannot count",
      document: { ...MANIFEST, config: descriptor(OCI_CONFIG, { size: 2 ** 53 }) },
      want: ["config.size: 9007199254740992 is not from 0 to 9007199254740991"],
    },
    {
      name: "with half a byte",
      document: { ...MANIFEST, config: descriptor(OCI_CONFIG, { size: 1.5 }) },
      want: ["config.size: must be an integer, not 1.5"],
    },
    {
      name: "with an annotation that is no string",
      document: { ...MANIFEST, annotations: { a: 1 } },
      want: ["annotations.a: must be a string, not a number"],
    },
    {
      name: "with data of another size",
      document: { ...MANIFEST, config: descriptor(OCI_CONFIG, { data: "e30=" }) },
      want: ["config.data: holds 2 bytes, size says 7"],
    },
    {
      name: "with data of another digest",
      document: { ...MANIFEST, config: descriptor(OCI_CONFIG, { data: "e30=", size: 2 }) },
      want: ["config.data: holds other bytes than the digest says"],
    },
    {
      name: "with more layers than any image has",
      document: { ...MANIFEST, layers: Array.from({ length: MOST_LAYERS + 1 }, () => descriptor(LAYER)) },
      want: ["layers: has 1001 entries, more than 1000"],
    },
    { name: "of more than 4 MiB", document: " ".repeat(4 * 1024 * 1024 + 1), want: ["document: is larger than 4 MiB"] },
    {
      name: "with all its problems at once",
      document: { layers: [{}] },
      want: [
        "schemaVersion: is required",
        "config: is required",
        "layers[0].mediaType: is required",
        "layers[0].digest: is required",
        "layers[0].size: is required",
      ],
    },
  ];
  for (const { name, document, came, want } of rows) test(name, () => expect(problems(document, came)).toEqual(want));
});

describe("docker's schema 1 is refused by its name", () => {
  const schema1 = { schemaVersion: 1, name: "library/debian", tag: "8", fsLayers: [], history: [] };
  const type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
  const rows: { name: string; document: object; came?: string }[] = [
    { name: "by its version", document: schema1 },
    { name: "by what it came as", document: {}, came: type },
    { name: "by what it says", document: { ...MANIFEST, mediaType: type } },
  ];
  for (const { name, document, came } of rows) {
    test(name, () => {
      try {
        parseManifest(bytesOf(document), came);
        expect.unreachable();
      } catch (error) {
        expect(error).toBeInstanceOf(TeuError);
        expect(error).toMatchObject({ code: "unsupported", message: expect.stringContaining("schema 1") });
      }
    });
  }
});

test("what is encoded reads back, and has the same bytes whatever the order of its fields", () => {
  const { manifest } = parseManifest(bytesOf({ ...MANIFEST, annotations: { b: "2", a: "ü" } }));
  if (manifest === undefined) return expect.unreachable();
  const bytes = encodeManifest(manifest);
  expect(parseManifest(bytes).manifest).toEqual(manifest);
  const { schemaVersion, mediaType, config, layers } = manifest;
  expect(encodeManifest({ layers, config, mediaType, schemaVersion, annotations: { a: "ü", b: "2" } })).toEqual(bytes);
  expect(new TextDecoder().decode(bytes)).toStartWith('{"annotations":{"a":"ü","b":"2"},"config":{"digest":');
});
