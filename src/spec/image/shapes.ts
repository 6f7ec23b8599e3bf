// The values that documents of images share: digests, media types, sizes, annotations, platforms, descriptors (image-spec 1.1
// descriptor.md, "Properties").
import { algorithmOf, type Digest, digestOf, isDigest } from "../../base/digest.ts";
import { anyString, array, integer, object, optional, record, refined, type Shape, where } from "../json/shape.ts";
import type { Trail } from "../json/trail.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Platform } from "./platform.ts";

/** RFC 6838 §4.2. */
const MEDIA_TYPE = /^[A-Za-z0-9][\w!#$&^.+-]{0,126}\/[A-Za-z0-9][\w!#$&^.+-]{0,126}$/;

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export const digestShape: Shape<Digest> = (value, trail) => {
  if (typeof value !== "string") return trail.refuse("must be a string that holds a digest");
  return isDigest(value)
    ? value
    : trail.refuse(`${JSON.stringify(value.slice(0, 200))} is no digest of sha256 or sha512 in lower-case hexadecimal digits`);
};

export const mediaTypeShape = where(anyString, (text) => MEDIA_TYPE.test(text), "must be a media type, such as application/json");

/** Bytes. Beyond 2^53 no store could hold it, and a double not count it. */
export const sizeShape = integer(0, Number.MAX_SAFE_INTEGER);

export const strings = array(anyString);

export const annotationsShape: Shape<Readonly<Record<string, string>>> = record(anyString, (name) =>
  name === "" ? "must not be an empty name" : undefined,
);

export const platformShape = object<Platform>({
  architecture: anyString,
  os: anyString,
  variant: optional(anyString),
  "os.version": optional(anyString),
  "os.features": optional(strings),
});

/** "If present, the data MUST be identical to the referenced content": a lie here would be run in the place of what was signed. */
function checkData({ data, size, digest }: Descriptor, trail: Trail): void {
  if (data === undefined) return;
  const bytes = Buffer.from(data, "base64");
  if (!BASE64.test(data) || data.length % 4 !== 0) trail.refuse("must be base64", "data");
  else if (bytes.length !== size) trail.refuse(`holds ${bytes.length} bytes, size says ${size}`, "data");
  else if (digestOf(bytes, algorithmOf(digest)) !== digest) trail.refuse("holds other bytes than the digest says", "data");
}

export const descriptorShape: Shape<Descriptor> = refined(
  object<Descriptor>({
    mediaType: mediaTypeShape,
    digest: digestShape,
    size: sizeShape,
    urls: optional(strings),
    annotations: optional(annotationsShape),
    data: optional(anyString),
    artifactType: optional(mediaTypeShape),
    platform: optional(platformShape),
  }),
  checkData,
);

/** A list of at most `most` items. Nothing is read of a longer one. */
export function atMost<T>(most: number, item: Shape<T>): Shape<T[]> {
  const list = array(item);
  return (value, trail) =>
    Array.isArray(value) && value.length > most ? trail.refuse(`has ${value.length} entries, more than ${most}`) : list(value, trail);
}

/** A shape that takes `null` for an empty list in the named fields: Go writes an empty slice so when nobody took care. */
export function nullAsEmpty<T>(names: readonly string[], shape: Shape<T>): Shape<T> {
  return (value, trail) => {
    const nulls = names.filter((name) => isObject(value) && value[name] === null);
    return shape(nulls.length === 0 ? value : withFields(value, Object.fromEntries(nulls.map((name) => [name, []]))), trail);
  };
}

/** A copy with some fields set. Spread, not assigned, so that a field `__proto__` from outside stays a field. */
export function withFields(value: unknown, fields: Readonly<Record<string, unknown>>): unknown {
  return isObject(value) ? { ...value, ...fields } : value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value from outside is an object with a field of its own of that name. */
export function hasField(value: unknown, name: string): value is Readonly<Record<string, unknown>> {
  return isObject(value) && Object.hasOwn(value, name);
}
