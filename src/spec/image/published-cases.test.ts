// Our reading of images beside the JSON schema that the specification publishes (image-spec 1.1, schema/): both must say the same of each
// document here, except where the table tells why not.
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { digestOf } from "../../base/digest.ts";
import { InvalidInputError } from "../../base/errors.ts";
import { checkLayoutFile, encodeLayoutFile } from "./layout.ts";
import { OCI_CONFIG, OCI_INDEX, OCI_MANIFEST } from "./media-types.ts";
import { encodeImageConfig, parseImageConfig } from "./parse-config.ts";
import { encodeManifest, parseManifest } from "./parse-manifest.ts";

const ROOT = resolve(import.meta.dir, "../../..");
/** The last one serves a git worktree, which lies one level deeper. */
const FOLDER = [process.env.TEU_SHARED ?? join(ROOT, "../shared"), join(ROOT, "../../shared")]
  .map((shared) => join(shared, "data/oci-image-schema"))
  .find((folder) => existsSync(folder));

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** The part of JSON Schema draft 4 that these schemas use. */
class Schemas {
  readonly #files = new Map<string, unknown>();
  constructor(readonly folder: string) {}

  /** A file, or the part of it that a pointer names. */
  #at(file: string, pointer: string): unknown {
    if (!this.#files.has(file)) this.#files.set(file, JSON.parse(readFileSync(join(this.folder, file), "utf8")));
    let part = this.#files.get(file);
    for (const name of pointer.split("/").filter((step) => step !== "")) part = isObject(part) ? part[name] : undefined;
    if (part === undefined) throw new Error(`${file} has no ${pointer}`);
    return part;
  }

  /** Whether a value is as `file` says. */
  allow(value: unknown, file: string, schema: unknown = this.#at(file, "")): boolean {
    if (!isObject(schema)) throw new Error("a schema is an object");
    if (typeof schema.$ref === "string") {
      const [other = "", pointer = ""] = schema.$ref.split("#");
      return this.allow(value, other || file, this.#at(other || file, pointer));
    }
    if (Array.isArray(schema.oneOf) && schema.oneOf.filter((one) => this.allow(value, file, one)).length !== 1) return false;
    if (Array.isArray(schema.anyOf) && !schema.anyOf.some((one) => this.allow(value, file, one))) return false;
    if (Array.isArray(schema.enum) && !schema.enum.includes(value)) return false;
    return isOfType(value, schema.type) && inBounds(value, schema) && this.#members(value, schema, file);
  }

  #members(value: unknown, schema: Json, file: string): boolean {
    if (Array.isArray(value)) return schema.items === undefined || value.every((item) => this.allow(item, file, schema.items));
    if (!isObject(value)) return true;
    if (Array.isArray(schema.required) && !schema.required.every((name) => Object.hasOwn(value, String(name)))) return false;
    const properties = isObject(schema.properties) ? schema.properties : {};
    const patterns = isObject(schema.patternProperties) ? Object.entries(schema.patternProperties) : [];
    return Object.entries(value).every(([name, member]) => {
      if (Object.hasOwn(properties, name)) return this.allow(member, file, properties[name]);
      return patterns.every(([pattern, one]) => !new RegExp(pattern).test(name) || this.allow(member, file, one));
    });
  }
}

function isOfType(value: unknown, type: unknown): boolean {
  if (type === undefined) return true;
  if (type === "integer") return Number.isInteger(value);
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "null") return value === null;
  return typeof value === type;
}

function inBounds(value: unknown, { minimum, maximum, minItems, pattern }: Json): boolean {
  if (typeof value === "number")
    return !(typeof minimum === "number" && value < minimum) && !(typeof maximum === "number" && value > maximum);
  if (typeof value === "string") return typeof pattern !== "string" || new RegExp(pattern).test(value);
  return !(Array.isArray(value) && typeof minItems === "number" && value.length < minItems);
}

const descriptor = (mediaType: string, change: object = {}) => ({ mediaType, digest: digestOf(mediaType), size: 7, ...change });
const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const MANIFEST = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: descriptor(OCI_CONFIG), layers: [descriptor(LAYER)] };
const ENTRY = descriptor(OCI_MANIFEST, { platform: { os: "linux", architecture: "ppc64le" } });
const INDEX = { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [ENTRY] };
const CONFIG = { architecture: "amd64", os: "linux", rootfs: { type: "layers", diff_ids: [digestOf("a")] } };

const bytesOf = (document: unknown) => new TextEncoder().encode(JSON.stringify(document));

/** Each schema with our reader; `write` gives what we would write of what was read. */
const READERS = {
  "image-manifest-schema.json": (document: unknown) => rewritten(document),
  "image-index-schema.json": (document: unknown) => rewritten(document),
  "config-schema.json": (document: unknown) => encodeImageConfig(parseImageConfig(bytesOf(document))),
  "image-layout-schema.json": (document: unknown) => {
    checkLayoutFile(bytesOf(document));
    return encodeLayoutFile();
  },
};

function rewritten(document: unknown): Uint8Array {
  const parsed = parseManifest(bytesOf(document));
  return encodeManifest(parsed.manifest ?? parsed.index);
}

interface Row {
  readonly name: string;
  readonly schema: keyof typeof READERS;
  readonly document: unknown;
  /** What the schema says. */
  readonly valid: boolean;
  /** Where we say otherwise. */
  readonly why?: string;
}

const [manifest, index, config, layout] = [
  "image-manifest-schema.json",
  "image-index-schema.json",
  "config-schema.json",
  "image-layout-schema.json",
] as const;

// biome-ignore format: table
const ROWS: readonly Row[] = [
  { name: "a manifest",                      schema: manifest, valid: true,  document: MANIFEST },
  { name: "a manifest with all fields",      schema: manifest, valid: true,  document: { ...MANIFEST, artifactType: "a/b", subject: ENTRY, annotations: { a: "b" } } },
  { name: "unknown fields",                  schema: manifest, valid: true,  document: { ...MANIFEST, extra: {} } },
  { name: "no layers",                       schema: manifest, valid: false, document: { ...MANIFEST, layers: [] }, why: "the text says SHOULD, and scratch images have none" },
  { name: "no config",                       schema: manifest, valid: false, document: { ...MANIFEST, config: undefined } },
  { name: "schema version 3",                schema: manifest, valid: false, document: { ...MANIFEST, schemaVersion: 3 } },
  { name: "a media type that is none",       schema: manifest, valid: false, document: { ...MANIFEST, config: descriptor("invalid") } },
  { name: "a size in a string",              schema: manifest, valid: false, document: { ...MANIFEST, config: descriptor(OCI_CONFIG, { size: "7" }) } },
  { name: "a negative size",                 schema: manifest, valid: false, document: { ...MANIFEST, config: descriptor(OCI_CONFIG, { size: -1 }) } },
  { name: "a digest without algorithm",      schema: manifest, valid: false, document: { ...MANIFEST, config: descriptor(OCI_CONFIG, { digest: "abc" }) } },
  { name: "a digest of another algorithm",   schema: manifest, valid: true,  document: { ...MANIFEST, config: descriptor(OCI_CONFIG, { digest: "md5:abc" }) }, why: "what cannot be verified is not taken" },
  { name: "an annotation that is a number",  schema: manifest, valid: false, document: { ...MANIFEST, annotations: { a: 1 } } },
  { name: "an index",                        schema: index,    valid: true,  document: INDEX },
  { name: "an index of nothing",             schema: index,    valid: true,  document: { ...INDEX, manifests: [] } },
  { name: "a platform without an os",        schema: index,    valid: false, document: { ...INDEX, manifests: [{ ...ENTRY, platform: { architecture: "a" } }] } },
  { name: "manifests that are an object",    schema: index,    valid: false, document: { ...INDEX, manifests: ENTRY } },
  { name: "a configuration",                 schema: config,   valid: true,  document: { ...CONFIG, created: "2026-01-01T00:00:00Z", history: [{ created_by: "x", empty_layer: true }] } },
  { name: "null as command",                 schema: config,   valid: true,  document: { ...CONFIG, config: { Cmd: null, Entrypoint: null } } },
  { name: "no platform",                     schema: config,   valid: false, document: { rootfs: CONFIG.rootfs }, why: "docker takes it" },
  { name: "an environment that is a string", schema: config,   valid: false, document: { ...CONFIG, config: { Env: "A=b" } } },
  { name: "a rootfs of another type",        schema: config,   valid: false, document: { ...CONFIG, rootfs: { type: "x", diff_ids: [] } } },
  { name: "history that is a string",        schema: config,   valid: false, document: { ...CONFIG, history: "x" } },
  { name: "a layout",                        schema: layout,   valid: true,  document: { imageLayoutVersion: "1.0.0" } },
  { name: "a layout of another version",     schema: layout,   valid: false, document: { imageLayoutVersion: "2.0.0" } },
  { name: "a layout without a version",      schema: layout,   valid: false, document: {} },
];

if (FOLDER === undefined)
  console.warn("SKIPPED: the published schemas of images are not here; set TEU_SHARED to the folder that has data/oci-image-schema");

describe.skipIf(FOLDER === undefined)("the published schemas and we say the same of", () => {
  const schemas = new Schemas(FOLDER ?? "");
  for (const { name, schema, document, valid, why } of ROWS) {
    test(`${name}${why ? `, except that ${why}` : ""}`, () => {
      const given: unknown = JSON.parse(JSON.stringify(document));
      expect(schemas.allow(given, schema)).toBe(valid);
      const read = READERS[schema];
      if (valid === (why === undefined)) {
        const written: unknown = JSON.parse(new TextDecoder().decode(read(given)));
        // What we write is valid whatever we were lenient about; except for what was taken on purpose.
        if (why === undefined) expect(schemas.allow(written, schema)).toBe(true);
      } else expect(() => read(given)).toThrow(InvalidInputError);
    });
  }
});
