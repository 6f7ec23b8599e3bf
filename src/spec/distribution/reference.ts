// References to images: the grammar of distribution's reference package (reference/reference.go, "Grammar"), with docker's short names.
import { type Digest, isDigest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";

/** A reference, read and completed: `debian` is docker.io, library/debian. Without tag and digest, `withDefaultTag` adds `latest`. */
export interface ImageReference {
  /** Host and port, as in the reference; `docker.io` for short names. */
  readonly registry: string;
  /** Path below the registry: `library/debian`. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** `invalid reference format: …`, the words that docker's users know and scripts look for. */
export class InvalidReferenceError extends TeuError {
  constructor(why: string) {
    super("invalid", `invalid reference format: ${why}`);
  }
}

export const DEFAULT_REGISTRY = "docker.io";
export const DEFAULT_TAG = "latest";

/** What docker.io was called in references of old. */
const OLD_DEFAULT_REGISTRY = "index.docker.io";

/** Where docker.io keeps what has no namespace. */
const OFFICIAL = "library/";

/** Host and port 261, repository 255, tag 128, digest 135, and signs between: nothing longer can be right. */
const LONGEST = 800;
const LONGEST_REPOSITORY = 255;
const LONGEST_HOST = 253;

const LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
/** A name, an IPv4 address or an IPv6 address in brackets; then a port. */
const REGISTRY = new RegExp(`^(${LABEL}(?:\\.${LABEL})*|\\[[0-9A-Fa-f:.]+\\])(?::([0-9]{1,5}))?$`);
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
/** What an image's id looks like; as a name it would be taken for one. */
const IDENTIFIER = /^[0-9a-f]{64}$/;

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** Whether a text can be the registry part of a reference: `localhost:5000`, `[fd00::1]:5000`. */
export function isRegistryName(text: string): boolean {
  const [, host = "", port = "0"] = REGISTRY.exec(text) ?? [];
  return host !== "" && host.length <= LONGEST_HOST && Number(port) <= 65_535;
}

export function isRepositoryName(text: string): boolean {
  return text.length <= LONGEST_REPOSITORY && REPOSITORY.test(text);
}

/**
 * Reads `[registry/]repository[:tag][@digest]` as docker does.
 * @throws InvalidReferenceError
 */
export function parseReference(text: string): ImageReference {
  if (text.length > LONGEST) throw new InvalidReferenceError(`${text.length} characters are more than a reference can have`);
  if (text === "") throw new InvalidReferenceError("a name is needed, there is none");
  if (IDENTIFIER.test(text)) throw new InvalidReferenceError(`${text} is the form of an image's id and cannot be a name`);
  const { rest: tagged, digest } = cutDigest(text);
  const { rest: name, tag } = cutTag(tagged, text);
  const { registry, repository } = splitName(name);
  checkName(registry, repository, text);
  return { registry, repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

function cutDigest(text: string): { rest: string; digest: Digest | undefined } {
  const at = text.indexOf("@");
  if (at < 0) return { rest: text, digest: undefined };
  const digest = text.slice(at + 1);
  if (isDigest(digest)) return { rest: text.slice(0, at), digest };
  throw new InvalidReferenceError(`${quote(digest)} is no digest: sha256: and 64, or sha512: and 128, lower-case hexadecimal digits`);
}

/** A colon after the last slash begins a tag; one before it, a port. */
function cutTag(text: string, whole: string): { rest: string; tag: string | undefined } {
  const colon = text.indexOf(":", text.lastIndexOf("/") + 1);
  if (colon < 0) return { rest: text, tag: undefined };
  const tag = text.slice(colon + 1);
  if (isTag(tag)) return { rest: text.slice(0, colon), tag };
  // `[::1]` or `host:5000` alone: no repository, not a wrong tag.
  if (text.startsWith("[")) throw new InvalidReferenceError(`${quote(whole)} names a registry without a repository`);
  const why = tag.length > 128 ? "is longer than 128 characters" : "may hold letters, digits, _, . and -, and begins with no . or -";
  throw new InvalidReferenceError(`tag ${quote(tag)} ${why}`);
}

/** Whether a reference as it was written names no registry, so that docker.io, or whatever a configuration says, is meant. */
export function isShortName(text: string): boolean {
  return isShort(text.split("@", 1)[0] ?? "");
}

function isShort(name: string): boolean {
  const first = name.slice(0, Math.max(name.indexOf("/"), 0));
  return !(/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
}

/** The first part is a registry when it could be no part of a repository, or is `localhost`; upper case makes it one too. */
function splitName(name: string): { registry: string; repository: string } {
  const slash = name.indexOf("/");
  const short = isShort(name);
  let registry = short ? DEFAULT_REGISTRY : name.slice(0, slash);
  const path = short ? name : name.slice(slash + 1);
  if (registry === OLD_DEFAULT_REGISTRY) registry = DEFAULT_REGISTRY;
  return { registry, repository: registry === DEFAULT_REGISTRY && !path.includes("/") && path !== "" ? OFFICIAL + path : path };
}

function checkName(registry: string, repository: string, text: string): void {
  if (!isRegistryName(registry)) throw new InvalidReferenceError(`${quote(registry)} is no host with or without a port`);
  if (repository !== repository.toLowerCase()) throw new InvalidReferenceError(`repository name (${clip(repository)}) must be lowercase`);
  if (repository.length > LONGEST_REPOSITORY)
    throw new InvalidReferenceError(`repository name must not be more than ${LONGEST_REPOSITORY} characters`);
  if (!isRepositoryName(repository)) throw new InvalidReferenceError(`${quote(text)} is not [registry/]repository[:tag][@digest]`);
}

const clip = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}…` : text);
const quote = (text: string) => JSON.stringify(clip(text));

/** The whole name with everything said: `docker.io/library/debian:12@sha256:…`. `parseReference` gives the same value back. */
export function formatReference(reference: ImageReference): string {
  return suffixed(`${reference.registry}/${reference.repository}`, reference);
}

/** The shortest name that means the same repository: `debian`, `acme/rocket`, `localhost:5000/debian`. */
export function familiarName({ registry, repository }: ImageReference): string {
  if (registry !== DEFAULT_REGISTRY) return `${registry}/${repository}`;
  const name = repository.startsWith(OFFICIAL) ? repository.slice(OFFICIAL.length) : repository;
  // `library/a/b` must keep its library, and what looks like a registry or an id its registry.
  return !name.includes("/") && !IDENTIFIER.test(name) ? name : readsBack(repository) ? repository : `${registry}/${repository}`;
}

function readsBack(repository: string): boolean {
  const split = splitName(repository);
  return split.registry === DEFAULT_REGISTRY && split.repository === repository;
}

/** The familiar name with tag and digest, as docker shows it: `debian:12`. */
export function formatFamiliar(reference: ImageReference): string {
  return suffixed(familiarName(reference), reference);
}

function suffixed(name: string, { tag, digest }: ImageReference): string {
  return name + (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

/** With `latest` where neither tag nor digest is given. */
export function withDefaultTag(reference: ImageReference): ImageReference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: DEFAULT_TAG } : reference;
}
