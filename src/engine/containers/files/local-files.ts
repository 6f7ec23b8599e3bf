// The host's side of a copy: what a source means, and what a destination is (docker's rules; containers/copy/rules.ts has those of both sides).
import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { TeuError } from "../../../base/errors.ts";
import { failedWith, reasonOf } from "../../../base/file-errno.ts";
import { type CopySource, cleanEnd, linkTarget, meansDirectory, type PlaceKind, splitEnd } from "../../../containers/copy/rules.ts";

/** A source of the host, as it is read: all of `directory`, or what has `name` in it. */
export interface LocalSource extends CopySource {
  readonly directory: string;
  readonly name: string | undefined;
}

const absolute = (path: string) => cleanEnd(path.startsWith("/") ? path : `${resolve(".")}/${path}`);

/**
 * A path that ends in a slash means the directory that it leads to; any other one what it names, a link itself unless `follow` is set.
 * @throws TeuError `not-found` for nothing; `unsupported` for what no archive holds
 */
export function localSource(text: string, { follow }: { readonly follow: boolean }): LocalSource {
  const path = absolute(text);
  const { directory: parent, base } = splitEnd(path);
  const whole = base === undefined;
  const real = lookUp(text, () => (whole || follow || meansDirectory(path) ? realpathSync(path) : join(realpathSync(parent), base)));
  const stats = lookUp(text, () => lstatSync(real));
  if (meansDirectory(path) && !stats.isDirectory()) throw new TeuError("invalid", `copy ${text}: not a directory (ENOTDIR)`);
  if (stats.isSocket()) throw new TeuError("unsupported", `copy ${text}: it is a socket, which only means something to who made it`);
  const isDirectory = stats.isDirectory();
  if (whole || real === "/") return { base: whole ? undefined : base, isDirectory, directory: real, name: undefined };
  return { base, isDirectory, directory: dirname(real), name: basename(real) };
}

/**
 * What a destination is once its links are followed.
 * @throws TeuError `not-found` where there is no directory to hold it; `invalid` for a device
 */
export function localDestination(text: string): { readonly path: string; readonly kind: PlaceKind } {
  const path = absolute(text);
  const parent = splitEnd(path).directory;
  if (statOf(statSync, parent) === undefined)
    throw new TeuError("not-found", `invalid output path: directory ${JSON.stringify(parent)} does not exist`);
  const found = followed(path, text);
  const stats = statOf(lstatSync, found.replace(/\/\.?$/, "") || "/");
  if (stats === undefined) return { path: found, kind: "missing" };
  if (!stats.isDirectory() && !stats.isFile())
    throw new TeuError("invalid", `invalid output path: ${JSON.stringify(path)} must be a directory or a regular file`);
  return { path: found, kind: stats.isDirectory() ? "directory" : "file" };
}

const MOST_LINKS = 40;

function followed(path: string, text: string): string {
  let at = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    const plain = at.replace(/\/\.?$/, "") || "/";
    if (statOf(lstatSync, plain)?.isSymbolicLink() !== true) return at;
    at = linkTarget(at, readlinkSync(plain));
  }
  throw new TeuError("conflict", `copy to ${text}: too many levels of symbolic links (ELOOP)`);
}

function statOf(stat: (path: string, options: { throwIfNoEntry: false }) => Stats | undefined, path: string): Stats | undefined {
  try {
    return stat(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new TeuError("denied", `look at ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function lookUp<T>(text: string, look: () => T): T {
  try {
    return look();
  } catch (error) {
    throw new TeuError(failedWith(error, "ENOENT") ? "not-found" : "invalid", `copy ${text}: ${reasonOf(error)}`, { cause: error });
  }
}
