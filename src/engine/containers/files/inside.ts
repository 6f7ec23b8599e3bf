// The files of a container, for commands that copy, compare or export them: which container is meant, whether it runs, and how its files are
// reached (kernel/state/container-place.ts).

import { ERRNO } from "../../../base/errno.ts";
import { KernelError, TeuError } from "../../../base/errors.ts";
import { rootlessMaps } from "../../../containers/config/rootless-maps.ts";
import { cleanEnd, linkTarget, meansDirectory, splitEnd } from "../../../containers/copy/rules.ts";
import { readonlyText } from "../../../containers/copy/words.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { type ContainerRow, containerById } from "../../../containers/state/rows.ts";
import { type ContainerPlaces, PLACE, runningPlaces, type StillRoot, stillPlaces } from "../../../kernel/state/container-place.ts";
import type { TreeUserNamespace } from "../../../kernel/tree/place.ts";
import { readTree } from "../../../kernel/tree/reader.ts";
import type { TreeEntry } from "../../../spec/tree-entry.ts";
import type { Engine } from "../../engine.ts";
import { bundleOf } from "../bundle/bundle.ts";
import { findContainer } from "../find.ts";
import { recordContainerEvent } from "../state/record-event.ts";
import { runState } from "../state/run-state.ts";
import { lockFiles } from "./lock.ts";

export interface ContainerFiles extends Pick<ContainerPlaces, "directory"> {
  readonly container: ContainerRow;
  /** As it was called. */
  readonly text: string;
  /** Why nothing can be written at a path. */
  readonlyError(path: string): TeuError;
}

/**
 * Works on the files of a container, reached as it is now. What fails because it has ended or gone meanwhile says that, and nothing of its files,
 * which are where they were.
 * @throws TeuError `not-found`; `conflict` for one that ends or goes meanwhile, or is neither here nor there for long; as `work`
 */
export async function withFiles<T>(engine: Engine, text: string, work: (files: ContainerFiles) => Promise<T>): Promise<T> {
  const container = findContainer(engine, text);
  const { id, document } = container;
  let reached = standing(engine, id);
  try {
    using places = await placesOf(engine, id, document);
    reached = standing(engine, id);
    const readonlyError = (path: string) => new TeuError("denied", readonlyText(path, document.mounts));
    return await work({ directory: places.directory, container, text, readonlyError });
  } catch (cause) {
    if (!(cause instanceof TeuError) || standing(engine, id) === reached) throw cause;
    throw new TeuError("conflict", `reach the files of container ${text}: it has just ended or been removed: do it again`, { cause });
  }
}

/** By which process a container's files are reached: 0 for one that does not run, undefined for one that is gone, or going. */
function standing(engine: Engine, id: string): number | undefined {
  if (containerById(engine.state.rows, id)?.removing !== false) return undefined;
  const state = runState(engine, id);
  return state.kind === "alive" ? state.pid : 0;
}

/** Milliseconds that a start, or an end, may take; and between two looks. */
const SETTLES = 10_000;
const LOOK = 10;

async function placesOf(engine: Engine, id: string, document: ContainerDocument): Promise<ContainerPlaces> {
  const { runtime } = engine;
  for (const end = performance.now() + SETTLES; ; await Bun.sleep(LOOK)) {
    const state = runState(engine, id);
    if (state.kind !== "alive") {
      const places = await lockedPlaces(engine, document);
      if (places !== undefined) return places;
    } else if (state.pid !== 0 && state.record !== undefined && (state.status === "running" || state.status === "paused")) {
      const { pid, status, record } = state;
      return runningPlaces({ id, record, status: { status, pid } }, runtime.facts());
    } else if (performance.now() > end) throw new TeuError("conflict", `reach the files of container ${id}: it is ${state.status}`);
  }
}

/** Those of a container that does not run, and is not started as long as they are open; undefined where somebody was quicker with a start. */
async function lockedPlaces(engine: Engine, document: ContainerDocument): Promise<ContainerPlaces | undefined> {
  const lock = await lockFiles(engine, document.id);
  try {
    if (runState(engine, document.id).kind === "alive") {
      lock[Symbol.dispose]();
      return undefined;
    }
    const { directory } = stillPlaces(await stillRoot(engine, document), engine.runtime.facts());
    return { directory, [Symbol.dispose]: () => lock[Symbol.dispose]() };
  } catch (error) {
    lock[Symbol.dispose]();
    throw error;
  }
}

/** Its root and mounts as the next start would make them; nothing else of its configuration matters, or could stand in the way. */
async function stillRoot(engine: Engine, document: ContainerDocument): Promise<StillRoot> {
  const { id, root, options, birth } = document;
  const { args, readonlyRoot } = options;
  const { rootMount, config } = await bundleOf(
    engine,
    {
      ...document,
      options: { args, readonlyRoot, terminal: false, env: [], cwd: "/", resources: {}, rlimits: [], capAdd: [], capDrop: [] },
      user: { user: "", groupAdd: [] },
      seccomp: "unconfined",
      network: { ...document.network, mode: { kind: "none" } },
      // Its writable layer is to be mounted again, which one that was mounted `volatile` cannot be.
      life: { ...document.life, remove: false },
    },
    { id },
  );
  const bind = { destination: "/", type: "bind", source: root.kind === "directory" ? root.path : "", options: ["bind"] };
  const facts = engine.runtime.facts();
  return {
    root: rootMount ?? bind,
    mounts: config.mounts ?? [],
    readonly: readonlyRoot,
    userns: facts.rootless && birth.maps !== undefined ? { ...birth.maps, facts } : undefined,
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
async function statInside(engine: Engine, files: ContainerFiles, path: string): Promise<TreeEntry | undefined> {
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
export async function followInside(
  engine: Engine,
  files: ContainerFiles,
  path: string,
): Promise<{ path: string; entry: TreeEntry | undefined }> {
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

/** docker's events of copies. */
export function noteCopy(engine: Engine, { container }: ContainerFiles, action: "archive-path" | "extract-to-dir", path: string): void {
  engine.state.write((db) => recordContainerEvent(engine, db, container, action, { path }));
}

/** Whether an error is of the way to a directory in the container, not of what was done there. */
export function isOfPath(error: unknown): error is KernelError {
  return error instanceof KernelError && error.field === PLACE.path;
}
