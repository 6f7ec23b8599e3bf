// Use cases `volume export` and `volume import`: the files of a volume as a tar, podman's.
import { applyLayer } from "../../image/layers/apply.ts";
import { TarWriter } from "../../image/layers/tar/write.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import { openTreeWriter } from "../../kernel/tree/writer.ts";
import { requireVolume } from "../../volumes/store.ts";
import type { Engine } from "../engine.ts";
import { dataOf } from "./copy.ts";
import { treesOf } from "./trees.ts";

/** Writes the tar, piece by piece. @throws TeuError `not-found`, `unsupported`; KernelError where a file cannot be read */
export async function exportVolume(
  engine: Engine,
  name: string,
  write: (chunk: Uint8Array) => Promise<void>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const root = dataOf(engine, requireVolume(engine.state.rows, name), "export");
  const tar = new TarWriter((chunk) => {
    signal?.throwIfAborted();
    return write(chunk);
  });
  for await (const item of readTree({ ...treesOf(engine), root, oneFileSystem: true, subject: `volume ${name}` })) {
    if (item.kind === "entry") await tar.entry(item.entry);
    else if (item.kind === "data") await tar.data(item.chunk);
  }
  await tar.end();
}

/**
 * Puts the files of a tar, packed or not, over those that a volume has.
 * @throws TeuError `not-found`, `unsupported`; InvalidInputError for what is no tar; KernelError naming the file that cannot be made
 */
export async function importVolume(
  engine: Engine,
  name: string,
  source: AsyncIterable<Uint8Array>,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const root = dataOf(engine, requireVolume(engine.state.rows, name), "import");
  await using writer = await openTreeWriter({ ...treesOf(engine), root, subject: `volume ${name}` });
  await applyLayer(source, writer, { plain: true, ...(signal === undefined ? {} : { signal }) });
  const { warnings } = await writer.finish();
  for (const { message } of warnings) engine.runtime.warn(message);
}
