// Use case `export`: the files of a container as one tar, layers and changes together, as its programs see them but for what is mounted there.
import { TarWriter } from "../../image/layers/tar/write.ts";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import type { Engine } from "../engine.ts";
import { treesOf } from "./files.ts";
import { stillRootOf } from "./layers.ts";

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
  const { mount, directory } = stillRootOf(engine, text);
  const facts = engine.runtime.facts();
  const maps = rootlessMaps(facts);
  const tar = new TarWriter((chunk) => {
    signal?.throwIfAborted();
    return write(chunk);
  });
  const items = readTree({
    ...treesOf(engine, "the container's files"),
    root: directory ?? "/",
    ...(mount === undefined ? {} : { stack: { mount, kernel: facts.kernel } }),
    ...(maps === undefined ? {} : { userns: { ...maps, facts } }),
    oneFileSystem: directory !== undefined,
  });
  for await (const item of items) {
    if (item.kind === "entry" && item.entry.path !== "") await tar.entry(item.entry);
    else if (item.kind === "data") await tar.data(item.chunk);
  }
  await tar.end();
}
