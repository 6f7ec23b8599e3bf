// Manifests and indexes, as registries and archives give them.
import { expect } from "bun:test";
import { digestOf, isDigest } from "../../src/base/digest.ts";
import { artifactTypeOf, referrerDescriptor } from "../../src/spec/image/artifact.ts";
import { parseArchiveManifest } from "../../src/spec/image/docker-archive.ts";
import { matchPlatform } from "../../src/spec/image/match-platform.ts";
import { DOCKER_INDEX, DOCKER_MANIFEST, MANIFEST_TYPES, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from "../../src/spec/image/media-types.ts";
import { encodeManifest, parseManifest } from "../../src/spec/image/parse-manifest.ts";
import { fuzz } from "./harness.ts";

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: digestOf("layer"), size: 12345 };
const config = { mediaType: OCI_CONFIG, digest: digestOf("{}"), size: 2, data: "e30=" };
const platform = { os: "linux", architecture: "arm", variant: "v7", "os.features": ["x"] };
const entry = { mediaType: OCI_MANIFEST, digest: digestOf("m"), size: 7, platform, annotations: { a: "b" } };

const MANIFESTS = [
  { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer, layer], annotations: { "org.opencontainers.image.title": "x" } },
  { schemaVersion: 2, mediaType: DOCKER_MANIFEST, config, layers: [] },
  { schemaVersion: 2, config, layers: null, subject: entry, artifactType: "a/b" },
  { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [entry, { ...entry, platform: { os: "unknown", architecture: "unknown" } }] },
  { schemaVersion: 2, mediaType: DOCKER_INDEX, manifests: [entry] },
  { schemaVersion: 1, name: "a", tag: "b", fsLayers: [{ blobSum: layer.digest }], history: [] },
];

fuzz({
  name: "parseManifest",
  seeds: MANIFESTS.map(bytesOf),
  words: [
    ...MANIFEST_TYPES,
    '"layers":',
    '"manifests":',
    '"__proto__":',
    "null",
    "[]",
    "{}",
    '"fsLayers":[]',
    "\\u0000",
    "\\ud800",
    "e30=",
  ],
  run: (bytes) => {
    const parsed = parseManifest(bytes);
    const document = parsed.manifest ?? parsed.index;
    expect(parseManifest(encodeManifest(document), document.mediaType)).toEqual(parsed);
    for (const { digest, size } of parsed.manifest ? [parsed.manifest.config, ...parsed.manifest.layers] : parsed.index.manifests) {
      expect(isDigest(digest) && Number.isSafeInteger(size) && size >= 0).toBe(true);
    }
    artifactTypeOf(parsed);
    referrerDescriptor(parsed, layer.digest, 1);
    if (parsed.index) matchPlatform(parsed.index, { os: "linux", architecture: "arm" });
  },
});

fuzz({
  name: "parseArchiveManifest",
  seeds: [bytesOf([{ Config: "a.json", RepoTags: ["debian:12"], Layers: ["b/layer.tar"], LayerSources: { [layer.digest]: layer } }])],
  words: ["../", "/etc", "\\u0000", "null", '"Layers":'],
  run: (bytes) => {
    for (const { Config, Layers } of parseArchiveManifest(bytes))
      for (const path of [Config, ...Layers]) expect(`/${path}/`).not.toMatch(/\/\.{0,2}\//);
  },
});
