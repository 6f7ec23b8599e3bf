// Where a copy goes: docker's rules, which are those of `cp -a` with the ends of paths taken at their word. Pure; paths are absolute.
//
//   source        destination is…    a directory      a file             missing        missing, ends in "/"
//   a file                           into it          in its place       that name      refused
//   a directory                      into it          refused            that name      that name
//   SRC/.                            contents into    refused            that name      that name
import { posix } from "node:path";
import { TeuError } from "../../base/errors.ts";

/** What stands at a destination once links are followed. */
export type PlaceKind = "directory" | "file" | "missing";

export interface CopySource {
  /** The name that it has in a directory that takes it; undefined where its contents alone are meant (`SRC/.`). */
  readonly base: string | undefined;
  readonly isDirectory: boolean;
}

export interface CopyTarget {
  /** The directory that is written to. */
  readonly directory: string;
  /** What the source is called there; undefined where its contents go into the directory itself. */
  readonly name: string | undefined;
}

/** Clean but for its end: whether a path ends in `/` or `/.` means something. */
export function cleanEnd(path: string): string {
  const clean = posix.normalize(path).replace(/(?<=.)\/+$/, "");
  if (clean === "/") return clean;
  if (/(^|\/)\.$/.test(path)) return `${clean}/.`;
  return path.endsWith("/") ? `${clean}/` : clean;
}

/** True of a path that can only mean a directory, by its end. */
export function meansDirectory(path: string): boolean {
  return path.endsWith("/") || path.endsWith("/.");
}

/** The directory of a path's last part, and that part, whatever the path's end; undefined for the root, and for `DIR/.`. */
export function splitEnd(path: string): { readonly directory: string; readonly base: string | undefined } {
  if (path === "/" || path.endsWith("/.")) return { directory: path === "/" ? path : path.slice(0, -2) || "/", base: undefined };
  const plain = path.replace(/\/$/, "");
  return { directory: posix.dirname(plain), base: posix.basename(plain) };
}

/** @throws TeuError `conflict` where docker refuses, in its words */
export function targetOf(source: CopySource, destination: { readonly path: string; readonly kind: PlaceKind }): CopyTarget {
  const { path, kind } = destination;
  if (kind === "directory") return { directory: path, name: source.base };
  if (kind === "file" && source.isDirectory) throw new TeuError("conflict", `cannot copy directory: ${path} is a file`);
  if (kind === "file" && meansDirectory(path)) throw new TeuError("conflict", `not a directory: ${path}`);
  if (kind === "missing" && !source.isDirectory && meansDirectory(path)) throw new TeuError("conflict", `no such directory: ${path}`);
  const { directory, base } = splitEnd(path);
  return { directory, name: base };
}

/** Where a symbolic link leads whose text is `target`, still with the end of the path that named it. */
export function linkTarget(path: string, target: string): string {
  const end = /\/\.?$/.exec(path)?.[0] ?? "";
  return cleanEnd(`${posix.resolve(splitEnd(path).directory, target)}${end}`);
}
