// The files of a `docker save` archive that say what is in it: manifest.json, and the older `repositories`, which old docker daemons ask
// for (moby, image/spec/v1.2.md, "Combined Image JSON + Filesystem Changeset Format").
import { readJson } from "../json/read.ts";
import { anyString, array, object, optional, record, type Shape, where } from "../json/shape.ts";
import { canonicalJson } from "./canonical.ts";
import type { Descriptor } from "./descriptor.ts";
import { MOST_LAYERS } from "./parse-manifest.ts";
import { atMost, descriptorShape, nullAsEmpty } from "./shapes.ts";

export const ARCHIVE_MANIFEST = "manifest.json";
export const ARCHIVE_REPOSITORIES = "repositories";

const MOST_IMAGES = 1000;

/** One image of an archive. Paths are relative to the archive's root. */
export interface ArchivedImage {
  readonly Config: string;
  /** `debian:12`, with the registry unless it is docker.io. */
  readonly RepoTags?: readonly string[];
  /** Lowest first; plain tars, or compressed. */
  readonly Layers: readonly string[];
  readonly Parent?: string;
  /** By diff id: where a layer that is not in the archive is to be had. */
  readonly LayerSources?: Readonly<Record<string, Descriptor>>;
}

/** repository → tag → id of the top layer. */
export type ArchivedRepositories = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Archives are read by name, so a name must be one: no way out, nothing that two readers would clean differently. */
const memberPath = where(
  anyString,
  (path) => path.length <= 4096 && path.split("/").every((part) => part !== "" && part !== "." && part !== "..") && !path.includes("\0"),
  "must be a relative path without empty parts, . and ..",
);

const imageShape: Shape<ArchivedImage> = nullAsEmpty(
  ["Layers"],
  object<ArchivedImage>({
    Config: memberPath,
    RepoTags: optional(array(anyString)),
    Layers: atMost(MOST_LAYERS, memberPath),
    Parent: optional(anyString),
    LayerSources: optional(record(descriptorShape)),
  }),
);

/** Reads manifest.json. References in `RepoTags` are as written. @throws InvalidInputError */
export function parseArchiveManifest(bytes: Uint8Array): readonly ArchivedImage[] {
  return readJson(bytes, { subject: ARCHIVE_MANIFEST, shape: atMost(MOST_IMAGES, imageShape) }).value;
}

/** Reads `repositories`, for archives older than manifest.json (docker before 1.10). @throws InvalidInputError */
export function parseArchiveRepositories(bytes: Uint8Array): ArchivedRepositories {
  return readJson(bytes, { subject: ARCHIVE_REPOSITORIES, shape: record(record(anyString)) }).value;
}

/** The bytes of manifest.json, or of `repositories`. */
export function encodeArchiveFile(document: readonly ArchivedImage[] | ArchivedRepositories): Uint8Array {
  return canonicalJson(document);
}
