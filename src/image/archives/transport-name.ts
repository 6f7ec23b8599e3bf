// The names of image sources and destinations on a command line, `transport:rest`: containers-transports(5), which skopeo and podman
// read too. A name without a transport is one of the local store.
import { TeuError } from "../../base/errors.ts";

/** Picks an image of a layout or an archive that holds several: by its name, or by its place, counted from 0 (`@2`). */
export interface ImageChoice {
  readonly reference?: string;
  readonly index?: number;
}

export type TransportName =
  | { readonly transport: "docker" | "docker-daemon" | "store"; readonly reference: string }
  | ({ readonly transport: "oci" | "oci-archive" | "docker-archive"; readonly path: string } & ImageChoice)
  | { readonly transport: "dir"; readonly path: string }
  | { readonly transport: "bootstrap"; readonly recipe: string };

/** Transports of other programs that people may have in their scripts; no image of the store can mean them. */
const FOREIGN = ["containers-storage", "ostree", "tarball", "sif", "atomic", "docker-tar"];

/** image-spec annotations.md, `org.opencontainers.image.ref.name`; names that docker and podman write hold colons, slashes and a digest's at. */
const REF_NAME = /^[A-Za-z0-9]+(?:(?:[-._:@+/]|--|__)[A-Za-z0-9]+)*$/;
const LONGEST_NAME = 1024;

function invalid(text: string, why: string): TeuError {
  return new TeuError("invalid", `invalid image name ${JSON.stringify(text.slice(0, 200))}: ${why}`);
}

/** Whether a text may name an image inside a layout. */
export function isRefName(text: string): boolean {
  return text.length <= LONGEST_NAME && REF_NAME.test(text);
}

function readChoice(text: string, choice: string | undefined): ImageChoice {
  if (choice === undefined || choice === "") return {};
  const [, place] = /^@(\d{1,6})$/.exec(choice) ?? [];
  if (place !== undefined) return { index: Number(place) };
  if (choice.startsWith("@")) throw invalid(text, `the source index ${JSON.stringify(choice)} is not @ and a number from 0 on`);
  if (!isRefName(choice)) throw invalid(text, `${JSON.stringify(choice)} is not the name of an image`);
  return { reference: choice };
}

function readPath(text: string, path: string): string {
  if (path === "") throw invalid(text, "the path is empty");
  if (path.includes("\0")) throw invalid(text, "the path holds a NUL byte");
  return path;
}

/** `path[:choice]`: the path ends at the first colon, as everywhere where these names are used. */
function readPathAndChoice(text: string, rest: string): { readonly path: string } & ImageChoice {
  const colon = rest.indexOf(":");
  const path = readPath(text, colon < 0 ? rest : rest.slice(0, colon));
  return { path, ...readChoice(text, colon < 0 ? undefined : rest.slice(colon + 1)) };
}

function readReference(text: string, reference: string): string {
  if (reference === "") throw invalid(text, "the reference is empty");
  return reference;
}

/** What stands behind each transport's colon. */
const TRANSPORTS: Readonly<Record<string, (text: string, rest: string) => TransportName>> = {
  docker: (text, rest) => {
    if (!rest.startsWith("//")) throw invalid(text, `docker: image reference ${rest} does not start with //`);
    return { transport: "docker", reference: readReference(text, rest.slice(2)) };
  },
  "docker-daemon": (text, rest) => ({ transport: "docker-daemon", reference: readReference(text, rest) }),
  oci: (text, rest) => ({ transport: "oci", ...readPathAndChoice(text, rest) }),
  "oci-archive": (text, rest) => ({ transport: "oci-archive", ...readPathAndChoice(text, rest) }),
  "docker-archive": (text, rest) => ({ transport: "docker-archive", ...readPathAndChoice(text, rest) }),
  dir: (text, rest) => ({ transport: "dir", path: readPath(text, rest) }),
  bootstrap: (text, rest) => ({ transport: "bootstrap", recipe: readReference(text, rest) }),
};

/**
 * Reads a name such as `docker://host/repo:tag`, `oci:dir:tag`, `docker-archive:file.tar:@0` or `debian:12`. References are not
 * looked into; whoever opens the transport does.
 * @throws TeuError `invalid`, in the words that skopeo's users know.
 */
export function parseTransportName(text: string): TransportName {
  const colon = text.indexOf(":");
  const [transport, rest] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  const read = Object.hasOwn(TRANSPORTS, transport) ? TRANSPORTS[transport] : undefined;
  if (read !== undefined) return read(text, rest);
  if (text === "") throw invalid(text, "expected a name or colon-separated transport:reference");
  // No tag begins with a slash, so this was meant to be a transport.
  if (FOREIGN.includes(transport) || (transport !== "" && rest.startsWith("/"))) {
    throw invalid(text, `unknown transport ${JSON.stringify(transport)}; known are ${Object.keys(TRANSPORTS).join(", ")}`);
  }
  return { transport: "store", reference: text };
}

/** The name as it was written, for messages. */
export function formatTransportName(name: TransportName): string {
  switch (name.transport) {
    case "store":
      return name.reference;
    case "docker":
      return `docker://${name.reference}`;
    case "docker-daemon":
      return `docker-daemon:${name.reference}`;
    case "bootstrap":
      return `bootstrap:${name.recipe}`;
    case "dir":
      return `dir:${name.path}`;
    default: {
      const choice = name.reference ?? (name.index === undefined ? undefined : `@${name.index}`);
      return `${name.transport}:${name.path}${choice === undefined ? "" : `:${choice}`}`;
    }
  }
}
