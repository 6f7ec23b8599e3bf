// What `cp` is given: `CONTAINER:PATH`, a path of the host, or `-` for a tar on standard input or output (docker cp).
import { TeuError } from "../../base/errors.ts";

export type CopyArgument =
  | { readonly kind: "container"; readonly container: string; readonly path: string }
  | { readonly kind: "local"; readonly path: string }
  | { readonly kind: "stream" };

/** A path with a colon is told from a container's by a beginning of `/` or `.`. */
export function readArgument(text: string, role: "source" | "destination"): CopyArgument {
  if (text === "") throw new TeuError("invalid", `${role} can not be empty`);
  if (text === "-") return { kind: "stream" };
  const colon = text.indexOf(":");
  if (text.startsWith("/") || text.startsWith(".") || colon <= 0) return { kind: "local", path: text };
  const path = text.slice(colon + 1);
  if (path === "") throw new TeuError("invalid", `${role} ${JSON.stringify(text)} names no path in the container: / is its root`);
  return { kind: "container", container: text.slice(0, colon), path };
}

export type CopyDirection =
  | { readonly into: true; readonly container: string; readonly path: string; readonly other: Exclude<CopyArgument, { kind: "container" }> }
  | {
      readonly into: false;
      readonly container: string;
      readonly path: string;
      readonly other: Exclude<CopyArgument, { kind: "container" }>;
    };

/** @throws TeuError `invalid` for what is not between a container and its host */
export function readDirection(source: string, destination: string): CopyDirection {
  const [from, to] = [readArgument(source, "source"), readArgument(destination, "destination")];
  if (from.kind === "container" && to.kind === "container") {
    throw new TeuError("invalid", "copying between containers is not supported: copy through the host (teu cp A:/x - | teu cp - B:/)");
  }
  if (from.kind === "container") return { into: false, container: from.container, path: from.path, other: notContainer(to) };
  if (to.kind === "container") return { into: true, container: to.container, path: to.path, other: from };
  throw new TeuError("invalid", "must specify at least one container source");
}

function notContainer(argument: CopyArgument): Exclude<CopyArgument, { kind: "container" }> {
  if (argument.kind === "container") throw new TeuError("internal", "a container's path was taken for the host's");
  return argument;
}
