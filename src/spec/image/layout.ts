// OCI image layouts: the marker file, and how index.json names what is inside (image-spec 1.1 image-layout.md; annotations.md).
import { algorithmOf, type Digest, hexOf } from "../../base/digest.ts";
import { readJson } from "../json/read.ts";
import { anyString, object, where } from "../json/shape.ts";
import { canonicalJson } from "./canonical.ts";
import type { Descriptor } from "./descriptor.ts";
import type { ImageIndex } from "./manifest.ts";
import { OCI_INDEX } from "./media-types.ts";

export const LAYOUT_FILE = "oci-layout";
export const INDEX_FILE = "index.json";
export const BLOBS_FOLDER = "blobs";

/** A tag, or whatever the maker calls the image; unique in a layout by custom only. */
export const REF_NAME = "org.opencontainers.image.ref.name";
/** The whole reference, as containerd and BuildKit write it beside the tag. */
export const IMAGE_NAME = "io.containerd.image.name";

const VERSION = "1.0.0";

interface LayoutMarker {
  readonly imageLayoutVersion: string;
}

const markerShape = object<LayoutMarker>({
  imageLayoutVersion: where(anyString, (version) => /^1\.\d+\.\d+$/.test(version), `must be a version compatible with ${VERSION}`),
});

/** Checks the bytes of an `oci-layout` file. @throws InvalidInputError */
export function checkLayoutFile(bytes: Uint8Array): void {
  readJson(bytes, { subject: LAYOUT_FILE, shape: markerShape });
}

/** The bytes of the `oci-layout` file. */
export function encodeLayoutFile(): Uint8Array {
  return canonicalJson({ imageLayoutVersion: VERSION });
}

/** Where a layout keeps a blob, relative to it: `blobs/sha256/…`. */
export function blobPath(digest: Digest): string {
  return `${BLOBS_FOLDER}/${algorithmOf(digest)}/${hexOf(digest)}`;
}

/** The first entry of an index.json that goes by a name: as its ref name, or as its whole image name. */
export function findNamed(index: ImageIndex, name: string): Descriptor | undefined {
  const by = (key: string) => index.manifests.find(({ annotations }) => annotations?.[key] === name);
  return by(REF_NAME) ?? by(IMAGE_NAME);
}

/** The names that a layout's index.json gives, in its order, each once. */
export function namesIn(index: ImageIndex): readonly string[] {
  return [...new Set(index.manifests.flatMap(({ annotations }) => annotations?.[REF_NAME] ?? annotations?.[IMAGE_NAME] ?? []))];
}

/** An index with `descriptor` in it under a name, which it takes from whatever had it; that stays, unnamed, unless it was the same. */
export function withNamed(index: ImageIndex | undefined, name: string, descriptor: Descriptor): ImageIndex {
  const kept = (index?.manifests ?? []).flatMap((entry) => {
    if (entry.annotations?.[REF_NAME] !== name) return [entry];
    return entry.digest === descriptor.digest ? [] : [withoutName(entry)];
  });
  const named = { ...descriptor, annotations: { ...descriptor.annotations, [REF_NAME]: name } };
  return { ...index, schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...kept, named] };
}

function withoutName(entry: Descriptor): Descriptor {
  const { annotations: { [REF_NAME]: _, ...others } = {}, ...rest } = entry;
  return Object.keys(others).length === 0 ? rest : { ...rest, annotations: others };
}
