// Use case `export`: the files of a container as one tar, layers and changes together, as its programs see them but for what is mounted there.
import { TarWriter } from "../../../image/layers/tar/write.ts";
import { readTree } from "../../../kernel/tree/reader.ts";
import type { Engine } from "../../engine.ts";
import { findContainer } from "../find.ts";
import { recordContainerEvent } from "../state/record-event.ts";
import { treesOf } from "./inside.ts";
import { unmountedFiles } from "./layers.ts";

export interface ExportOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the tar, piece by piece. A container that runs goes on running.
 * @throws TeuError `not-found`; KernelError where a file cannot be read
 */
export async function exportContainer(
  engine: Engine,
  text: string,
  write: (chunk: Uint8Array) => Promise<void>,
  { signal }: ExportOptions = {},
): Promise<void> {
  const container = findContainer(engine, text);
  const tar = new TarWriter((chunk) => {
    signal?.throwIfAborted();
    return write(chunk);
  });
  const items = readTree({
    ...treesOf(engine, "the container's files"),
    root: unmountedFiles(engine, container),
    // Of a directory that is a container's root the host may have mounts.
    oneFileSystem: true,
  });
  for await (const item of items) {
    if (item.kind === "entry" && item.entry.path !== "") await tar.entry(item.entry);
    else if (item.kind === "data") await tar.data(item.chunk);
  }
  await tar.end();
  engine.state.write((db) => recordContainerEvent(engine, db, container, "export"));
}
