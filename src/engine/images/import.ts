// Use case `import`: a root file system, as a tar or a directory, becomes an image of one layer.
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import type { Digest } from "../../base/digest.ts";
import { type ImportOptions, importTar, importTree } from "../../image/archives/import.ts";
import { openImportInput } from "../../image/archives/import-input.ts";
import { tellTree } from "../../image/layers/tell.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { ImageSource } from "../../image/ports/transport.ts";
import { readTree } from "../../kernel/tree/reader.ts";
import type { Platform } from "../../spec/image/platform.ts";
import { newName } from "./find.ts";
import type { ImageEngine } from "./image-engine.ts";
import { receiveImage } from "./receive.ts";
import { recordImageEvents } from "./record-event.ts";

export interface ImportRequest {
  /** A file, a directory, an address, or `-` for `stdin`. */
  readonly input: string;
  readonly stdin: () => AsyncIterable<Uint8Array>;
  /** As it was typed; without one the image dangles. */
  readonly name?: string | undefined;
  /** Dockerfile instructions. */
  readonly changes?: readonly string[] | undefined;
  readonly message?: string | undefined;
  readonly platform?: Platform | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressSink | undefined;
}

/**
 * Imports; the result is the image's ID.
 * @throws InvalidInputError for a wrong change or name, before anything is read; TeuError for what cannot be read or is no tar
 */
export async function importImage(images: ImageEngine, request: ImportRequest): Promise<Digest> {
  const name = request.name === undefined ? undefined : await newName(images, request.name);
  const { signal, onProgress, platform = images.platform } = request;
  await using source = await sourceOf(images, request, platform);
  const { digest } = await receiveImage(images, source, { name, platform, signal, onProgress });
  const { id } = images.store.names.resolve(name ?? digest);
  await recordImageEvents(images, [{ action: "import", actor: id, attributes: { name: request.name ?? id } }]);
  return id;
}

async function sourceOf(images: ImageEngine, request: ImportRequest, platform: Platform): Promise<ImageSource> {
  const { input, stdin, changes = [], message, signal } = request;
  const transfer = signal === undefined ? {} : { signal };
  const options: ImportOptions = {
    platform,
    created: images.engine.runtime.now().toISOString(),
    changes,
    message: message ?? `Imported from ${input}`,
    temporary: tmpdir(),
    ...transfer,
  };
  const opened = await openImportInput(input, { stdin, ...transfer });
  if (opened.kind === "stream") return importTar(input, opened.stream, options);
  const root = resolve(opened.path);
  // What is mounted inside is another file system's: /proc and /sys, say, where the host itself is imported.
  const tree = () => readTree({ ...images.trees, root, oneFileSystem: true, subject: "the directory" });
  return importTree(input, (sink) => tellTree(tree(), sink), options);
}
