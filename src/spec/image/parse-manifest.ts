// The one way in for manifests and indexes from a registry, a layout, an archive or the store. What is read here is what all trust:
// one document has one meaning, bounded in size and number.
import { TeuError } from "../../base/errors.ts";
import { readJson } from "../json/read.ts";
import { object, optional, type Shape } from "../json/shape.ts";
import type { Trail } from "../json/trail.ts";
import { canonicalJson } from "./canonical.ts";
import type { ImageIndex, ImageManifest } from "./manifest.ts";
import { bareMediaType, DOCKER_SCHEMA_1, mediaTypeFacts, OCI_INDEX, OCI_MANIFEST } from "./media-types.ts";
import { annotationsShape, atMost, descriptorShape, hasField, mediaTypeShape, nullAsEmpty, withFields } from "./shapes.ts";

/** "A registry SHOULD enforce some limit […] SHOULD NOT be less than 4 megabytes" (distribution-spec 1.1, "Pushing Manifests"). */
export const LARGEST_MANIFEST = 4 * 1024 * 1024;
/** Ten times what any image has: overlayfs takes 500, docker made 127. */
export const MOST_LAYERS = 1000;
export const MOST_MANIFESTS = 1000;

/** Exactly one of the two. `mediaType` inside is the effective one, also where the document has none. */
export type ParsedManifest =
  | { readonly manifest: ImageManifest; readonly index?: undefined }
  | { readonly index: ImageIndex; readonly manifest?: undefined };

type Kind = "manifest" | "index";

const version: Shape<2> = (value, trail) => (value === 2 ? 2 : trail.refuse("must be 2"));

const common = {
  schemaVersion: version,
  mediaType: mediaTypeShape,
  artifactType: optional(mediaTypeShape),
  subject: optional(descriptorShape),
  annotations: optional(annotationsShape),
};

const manifestShape = nullAsEmpty(
  ["layers"],
  object<ImageManifest>({ ...common, config: descriptorShape, layers: atMost(MOST_LAYERS, descriptorShape) }),
);
const indexShape = nullAsEmpty(["manifests"], object<ImageIndex>({ ...common, manifests: atMost(MOST_MANIFESTS, descriptorShape) }));

/**
 * Reads a manifest or an index. `mediaType` is what came with it, a Content-Type or a descriptor's; types that say nothing of manifests
 * (`application/json`, `text/plain`) are passed over, for static servers send them.
 * @throws InvalidInputError with every problem and its field (`layers[3].digest`).
 * @throws TeuError `unsupported` for docker's schema 1.
 */
export function parseManifest(bytes: Uint8Array, mediaType?: string): ParsedManifest {
  const given = mediaType === undefined ? undefined : bareMediaType(mediaType);
  if (given !== undefined && DOCKER_SCHEMA_1.includes(given)) throw schema1();
  const shape: Shape<ParsedManifest> = (value, trail) => {
    const type = effectiveType(value, given, trail);
    if (type === undefined) return undefined;
    const whole = withFields(value, { mediaType: type });
    if (mediaTypeFacts(type).kind === "index") {
      const index = indexShape(whole, trail);
      return index && { index };
    }
    const manifest = manifestShape(whole, trail);
    return manifest && { manifest };
  };
  return readJson(bytes, { subject: "the manifest", shape }).value;
}

/** What the document is, from what came with it, what it says itself and what it has; all must agree (CVE-2021-41190). */
function effectiveType(value: unknown, given: string | undefined, trail: Trail): string | undefined {
  if (hasField(value, "schemaVersion") && value.schemaVersion === 1) throw schema1();
  if (hasField(value, "fsLayers")) return trail.refuse("belongs to schema 1, the document says another", "fsLayers");
  const said = hasField(value, "mediaType") ? value.mediaType : undefined;
  if (typeof said === "string" && DOCKER_SCHEMA_1.includes(said)) throw schema1();
  const kind = kindByFields(value, trail);
  if (kind === undefined) return undefined;

  if (said !== undefined && said !== null && said !== "" && manifestKind(said) === undefined)
    return trail.refuse("is no media type of a manifest or an index", "mediaType");
  const sent = manifestKind(given) === undefined ? undefined : given;
  const written = typeof said === "string" && said !== "" ? said : undefined;
  if (sent !== undefined && written !== undefined && sent !== written)
    return trail.refuse(`is ${written}, but the document came as ${sent}`, "mediaType");
  const type = written ?? sent ?? (kind === "index" ? OCI_INDEX : OCI_MANIFEST);
  if (manifestKind(type) !== kind)
    return trail.refuse(`${type} has no ${kind === "index" ? "manifests" : "layers"}, the document has`, "mediaType");
  return type;
}

/** By the list that the document has: `layers` or `manifests`, never both, never a config beside manifests. */
function kindByFields(value: unknown, trail: Trail): Kind | undefined {
  const layers = hasField(value, "layers") || hasField(value, "config");
  const manifests = hasField(value, "manifests");
  if (layers && manifests) return trail.refuse("is both a manifest and an index (CVE-2021-41190)");
  if (!layers && !manifests) return trail.refuse("is neither a manifest nor an index: it has no config, layers or manifests");
  return manifests ? "index" : "manifest";
}

function manifestKind(mediaType: unknown): Kind | undefined {
  if (typeof mediaType !== "string") return undefined;
  const { kind } = mediaTypeFacts(mediaType);
  return kind === "manifest" || kind === "index" ? kind : undefined;
}

function schema1(): TeuError {
  return new TeuError(
    "unsupported",
    "the image has docker's manifest schema 1, which is no longer supported: pull and push it again with docker 1.10 to 26, or rebuild it",
  );
}

/** The bytes of a manifest or an index that we make: canonical JSON, always with its media type. */
export function encodeManifest(document: ImageManifest | ImageIndex): Uint8Array {
  return canonicalJson(document);
}
