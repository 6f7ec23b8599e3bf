// A container's files as layers: those of its image, and what it has written over them. Who reads only layers disturbs nobody that writes.
import { TeuError } from "../../base/errors.ts";
import { overlayMount } from "../../image/snapshots/overlay.ts";
import type { Mount } from "../../spec/runtime/config.ts";
import { readStored, containerPaths } from "../container-directory.ts";
import { findId } from "../containers.ts";
import type { Engine } from "../engine.ts";

export interface ContainerLayers {
  readonly id: string;
  /** Directories of the image's layers, bottom to top. */
  readonly image: readonly string[];
  /** What it has written over them. */
  readonly upper: string;
  /** Where it has something mounted. */
  readonly mounted: readonly string[];
}

/** @throws TeuError `not-found`; `unsupported` for a container that has no layers of its own: `verb` names what was to be done */
export function layersOf(engine: Engine, text: string, verb: string): ContainerLayers {
  const id = findId(engine, text);
  const stored = readStored(engine.root, id);
  if (stored === undefined) throw new TeuError("unsupported", `${verb} container ${text}: it was made of a directory, and of no image`);
  if (stored.copied) {
    throw new TeuError(
      "unsupported",
      `${verb} container ${text}: its files are a copy of the image's (there is no overlay here), and not told apart from them`,
    );
  }
  return { id, image: stored.layers, upper: containerPaths(engine.root, id).upper, mounted: [] };
}

/** All of a container's files but what is mounted there: a directory, or what shows the layers as one tree, read-only. */
export function stillRootOf(engine: Engine, text: string): { readonly directory?: string; readonly mount?: Mount } {
  const id = findId(engine, text);
  const stored = readStored(engine.root, id);
  const { upper, copy } = containerPaths(engine.root, id);
  if (stored === undefined) throw new TeuError("unsupported", `export container ${text}: todo`);
  if (stored.copied) return { directory: copy };
  // Its changes are one more layer.
  return { mount: overlayMount([...stored.layers, upper], undefined, { userxattr: engine.runtime.facts().rootless }) };
}
