// Use case `export`: the files of a container as one tar, layers and changes together, as its programs see them but for what is mounted there.
import { TeuError } from "../base/errors.ts";
import { rootlessMaps } from "../containers/config/rootless-maps.ts";
import { TarWriter } from "../image/layers/tar/write.ts";
import { overlayMount } from "../image/snapshots/overlay.ts";
import { readTree } from "../kernel/tree/reader.ts";
import { containerPaths } from "./container-directory.ts";
import { findContainer } from "./containers/find.ts";
import type { Engine } from "./engine.ts";

export interface ExportOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the tar, piece by piece.
 * @throws TeuError `not-found`; `unsupported` for a container of no image; KernelError where a file cannot be read
 */
export async function exportContainer(
  engine: Engine,
  text: string,
  write: (chunk: Uint8Array) => Promise<void>,
  { signal }: ExportOptions = {},
): Promise<void> {
  const { runtime, root, runRoot } = engine;
  const { id, name, document } = findContainer(engine, text);
  if (document.root.kind === "directory")
    throw new TeuError("unsupported", `export container ${name}: it was made of a directory, which is its files`);
  const facts = runtime.facts();
  const maps = rootlessMaps(facts);
  // Its changes are one more layer: who only reads disturbs nobody that writes.
  const mount = overlayMount([...document.root.layers, containerPaths(root, id).upper], undefined, { userxattr: maps !== undefined });
  const tar = new TarWriter((chunk) => {
    signal?.throwIfAborted();
    return write(chunk);
  });
  const items = readTree({
    launcher: runtime.launcher,
    dir: runRoot,
    root: "/",
    subject: "the container's files",
    stack: { mount, kernel: facts.kernel },
    ...(maps === undefined ? {} : { userns: { ...maps, facts } }),
  });
  for await (const item of items) {
    if (item.kind === "entry" && item.entry.path !== "") await tar.entry(item.entry);
    else if (item.kind === "data") await tar.data(item.chunk);
  }
  await tar.end();
}
