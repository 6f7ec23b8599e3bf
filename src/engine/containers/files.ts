// The files of a container, for commands that copy, compare or export them: which container is meant, whether it runs, and how its files are
// reached (kernel/state/container-place.ts).
import { byteString } from "../../base/byte-string.ts";
import { KernelError, TeuError } from "../../base/errors.ts";
import { ERRNO } from "../../base/errno.ts";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import { cleanEnd, linkTarget, meansDirectory, splitEnd } from "../../containers/copy/rules.ts";
import { readonlyText } from "../../containers/copy/words.ts";
import { overlayMount } from "../../image/snapshots/overlay.ts";
import { type ContainerPlaces, PLACE, runningPlaces, type StillRoot, stillPlaces } from "../../kernel/state/container-place.ts";
import { findContainer } from "../../kernel/state/query.ts";
import { readRecord } from "../../kernel/state/record.ts";
import { readStatus } from "../../kernel/state/status.ts";
import type { TreeUserNamespace } from "../../kernel/tree/place.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import type { TreeEntry } from "../../spec/tree-entry.ts";
import { containerPaths, readStored } from "../container-directory.ts";
import { findId } from "../containers.ts";
import type { Engine } from "../engine.ts";

export interface ContainerFiles extends ContainerPlaces {
  readonly id: string;
  /** As it was called. */
  readonly text: string;
  /** Why nothing can be written at a path. */
  readonlyError(path: string): TeuError;
}

export function openFiles(engine: Engine, text: string): ContainerFiles {
  const { runtime } = engine;
  const id = findId(engine, text);
  const facts = runtime.facts();
  const record = readRecord(runtime.root, id);
  const { status } = readStatus(runtime.root, id, record);
  const places = status === "running" || status === "paused" ? runningPlaces(findContainer(runtime, id), facts) : stillPlaces(stillRoot(engine, id), facts);
  const readonlyError = (path: string) => new TeuError("denied", readonlyText(path, []));
  return { ...places, id, text, readonlyError, [Symbol.dispose]: () => places[Symbol.dispose]() };
}

function stillRoot({ runtime, root }: Engine, id: string): StillRoot {
  const stored = readStored(root, id);
  if (stored === undefined) throw new TeuError("unsupported", "todo");
  const { upper, work } = containerPaths(root, id);
  const facts = runtime.facts();
  const maps = rootlessMaps(facts);
  return {
    root: overlayMount(stored.layers, { upper, work }, { userxattr: facts.rootless }),
    mounts: [],
    readonly: false,
    userns: maps === undefined ? undefined : { ...maps, facts },
  };
}

/** The launcher that works on the files, and what its failures are told of. */
export function treesOf({ runtime, runRoot }: Engine, subject: string) {
  return { launcher: runtime.launcher, dir: runRoot, subject };
}

/** Trees of the host as the ids of the caller's containers: without root, its own user is their root. */
export function mappedTrees({ runtime }: Engine): { readonly userns?: TreeUserNamespace } {
  const facts = runtime.facts();
  const maps = rootlessMaps(facts);
  return maps === undefined ? {} : { userns: { ...maps, facts } };
}

/** A path in a container, absolute, with its end. */
export function containerPath(path: string): string {
  return cleanEnd(`/${path}`);
}

/**
 * What a path names, a symbolic link itself; undefined where there is nothing. A path that ends in a slash names a directory, through links.
 * @throws KernelError for what cannot be looked at
 */
export async function statInside(engine: Engine, files: ContainerFiles, path: string): Promise<TreeEntry | undefined> {
  const whole = meansDirectory(path) || path === "/";
  const { directory, base } = splitEnd(path);
  const source = whole || base === undefined ? { root: files.directory(path) } : { root: files.directory(directory), name: base };
  try {
    for await (const item of readTree({ ...treesOf(engine, "the container"), ...source, alone: true, statOnly: true })) {
      if (item.kind === "entry") return item.entry;
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return undefined; // a socket, which no archive holds
}

/** The same with links followed, and the path where it was found. */
export async function followInside(engine: Engine, files: ContainerFiles, path: string): Promise<{ path: string; entry: TreeEntry | undefined }> {
  let at = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    const entry = await statInside(engine, files, at);
    if (entry?.type !== "symlink") return { path: at, entry };
    at = linkTarget(at, Buffer.from(entry.target ?? "", "latin1").toString("utf8"));
  }
  throw new TeuError("conflict", `follow ${path} in container ${files.text}: too many levels of symbolic links (ELOOP)`);
}

/** As path_resolution(7) has it. */
const MOST_LINKS = 40;

/** Nothing has this path: no entry of that name, or no directory for it. */
export function isMissing(error: unknown): boolean {
  return error instanceof KernelError && (error.errno === ERRNO.ENOENT || error.errno === ERRNO.ENOTDIR);
}

/** docker's words for a path that leads nowhere. */
export function noFile(files: ContainerFiles, path: string): TeuError {
  return new TeuError("not-found", `could not find the file ${path} in container ${files.text}`);
}

/** The name of the last part, as the kernel has it. */
export const nameOf = (base: string | undefined) => byteString(base ?? "");

/** Whether an error is of the way to a directory in the container, not of what was done there. */
export function isOfPath(error: unknown): error is KernelError {
  return error instanceof KernelError && error.field === PLACE.path;
}
