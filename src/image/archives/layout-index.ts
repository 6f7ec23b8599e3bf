// index.json of a layout that is written: which images it names. image-spec 1.1 image-layout.md, "index.json file".
import type { Descriptor } from "../../spec/image/descriptor.ts";
import { IMAGE_NAME, REF_NAME } from "../../spec/image/layout.ts";
import type { ImageIndex } from "../../spec/image/manifest.ts";
import { OCI_INDEX } from "../../spec/image/media-types.ts";
import { parseManifest } from "../../spec/image/parse-manifest.ts";
import type { ManifestBytes } from "../ports/transport.ts";

export const EMPTY_INDEX: ImageIndex = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] };

/**
 * The descriptor of a named image. A name that is a whole reference stands in containerd's annotation too, by which docker and
 * containerd know it.
 */
export function namedDescriptor({ bytes, digest, mediaType }: ManifestBytes, name: string | undefined): Descriptor {
  const descriptor: Descriptor = { mediaType, digest, size: bytes.length };
  if (name === undefined) return descriptor;
  const isWhole = /^[^/]*[.:][^/]*\//.test(name) || name.startsWith("localhost/");
  return { ...descriptor, annotations: { ...(isWhole ? { [IMAGE_NAME]: name } : {}), [REF_NAME]: name } };
}

/** Adds an image. It takes its name from whatever bore it, and the place of itself without a name. */
export function withImage(index: ImageIndex, added: Descriptor): ImageIndex {
  const name = added.annotations?.[REF_NAME];
  const keeps = ({ digest, annotations }: Descriptor) => {
    const other = annotations?.[REF_NAME];
    return !(digest === added.digest && (other === undefined || other === name)) && !(name !== undefined && other === name);
  };
  const already = name === undefined && index.manifests.some(({ digest }) => digest === added.digest);
  return already ? index : { ...index, manifests: [...index.manifests.filter(keeps), added] };
}

/** Whether a manifest speaks of another (distribution-spec 1.1, "Listing Referrers"). */
export function refersTo({ bytes, mediaType }: ManifestBytes): boolean {
  const { manifest, index } = parseManifest(bytes, mediaType);
  return (manifest ?? index).subject !== undefined;
}

/** With what refers to an image listed without a name: nothing else in the layout leads to it. */
export function withReferrers(index: ImageIndex, referrers: readonly ManifestBytes[]): ImageIndex {
  return referrers.reduce((grown, referrer) => withImage(grown, namedDescriptor(referrer, undefined)), index);
}
