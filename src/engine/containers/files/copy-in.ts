// Use case `cp` into a container: files of the host, or a tar, to where a path leads in it.
import { byteString } from "../../../base/byte-string.ts";
import { ERRNO } from "../../../base/errno.ts";
import { KernelError, TeuError } from "../../../base/errors.ts";
import { copyItems } from "../../../containers/copy/renamed.ts";
import { type CopyTarget, type PlaceKind, targetOf } from "../../../containers/copy/rules.ts";
import { overwriteText, ROOT_USER } from "../../../containers/copy/words.ts";
import { Exchange } from "../../../kernel/tree/exchange.ts";
import type { TreePlace } from "../../../kernel/tree/place.ts";
import { readTree } from "../../../kernel/tree/reader.ts";
import { openTreeWriter, type TreeReport, type TreeWriter } from "../../../kernel/tree/writer.ts";
import type { Engine } from "../../engine.ts";
import { type ContainerFiles, containerPath, followInside, isOfPath, mappedTrees, noFile, noteCopy, treesOf, withFiles } from "./inside.ts";
import { localSource } from "./local-files.ts";

export interface CopyInRequest {
  readonly container: string;
  /** In the container, as it was typed. */
  readonly destination: string;
  /** A path of the host, or the bytes of a tar, packed or not. */
  readonly source: { readonly path: string; readonly follow: boolean } | { readonly tar: AsyncIterable<Uint8Array> };
  /** Owners stay, without root too; else all that an ordinary user copies becomes that of the container's root. A tar says whose its entries are. */
  readonly archive: boolean;
  readonly signal?: AbortSignal;
  onBytes?(bytes: number): void;
}

export interface Copied {
  /** Of a tar of all that was copied. */
  readonly bytes: number;
  /** The destination, with links followed. */
  readonly path: string;
  /** What was left out of it. */
  readonly warnings: TreeReport["warnings"];
}

/** @throws TeuError `not-found`, `conflict`: docker's words; KernelError naming the entry that failed */
export async function copyIn(engine: Engine, request: CopyInRequest): Promise<Copied> {
  const source = "tar" in request.source ? undefined : localSource(request.source.path, request.source);
  return await withFiles(engine, request.container, (files) => copyTo(engine, files, request, source));
}

async function copyTo(
  engine: Engine,
  files: ContainerFiles,
  request: CopyInRequest,
  source: ReturnType<typeof localSource> | undefined,
): Promise<Copied> {
  const { path, entry } = await followInside(engine, files, containerPath(request.destination));
  const kind: PlaceKind = entry === undefined ? "missing" : entry.type === "directory" ? "directory" : "file";
  if (entry !== undefined && kind === "file" && entry.type !== "file")
    throw new TeuError("invalid", `destination "${files.text}:${request.destination}" must be a directory or a regular file`);
  if (source === undefined) {
    if (kind !== "directory") throw new TeuError("invalid", `destination "${files.text}:${request.destination}" must be a directory`);
    const written = await writeInto(engine, files, { directory: path, name: undefined }, (writer) => unpackInto(writer, request));
    noteCopy(engine, files, "extract-to-dir", path);
    return { ...written, path };
  }
  const target = targetOf(source, { path, kind });
  const mapped = request.archive ? mappedTrees(engine) : {};
  using exchange = new Exchange();
  const items = readTree({
    ...treesOf(engine, "the source"),
    exchange,
    ...mapped,
    root: source.directory,
    ...(source.name === undefined ? {} : { name: source.name }),
  });
  const { signal, onBytes } = request;
  const written = await writeInto(engine, files, { ...target, exchange }, (writer) =>
    copyItems(items, writer, {
      from: byteString(source.name ?? ""),
      to: byteString(target.name ?? ""),
      // dockerd keeps the numbers, whatever its manual says; those of a host that is not the caller's mean nothing to its containers.
      ...(request.archive || !engine.runtime.facts().rootless ? {} : { owner: ROOT_USER }),
      ...(signal === undefined ? {} : { signal }),
      ...(onBytes === undefined ? {} : { onBytes }),
    }),
  );
  noteCopy(engine, files, "extract-to-dir", path);
  return { ...written, path };
}

async function unpackInto(writer: TreeWriter, { source, signal, onBytes }: CopyInRequest): Promise<number> {
  if (!("tar" in source)) throw new TeuError("internal", "copy into a container: there is no tar to unpack");
  const { unpackTar } = await import("../../../containers/copy/unpack.ts");
  return await unpackTar(source.tar, writer, {
    ...(signal === undefined ? {} : { signal }),
    ...(onBytes === undefined ? {} : { onBytes }),
  });
}

async function writeInto(
  engine: Engine,
  files: ContainerFiles,
  { exchange, ...target }: CopyTarget & { readonly exchange?: Exchange },
  work: (writer: TreeWriter) => Promise<number>,
): Promise<Omit<Copied, "path">> {
  const root: TreePlace = files.directory(target.directory);
  try {
    await using writer = await openTreeWriter({
      ...treesOf(engine, `container ${files.text}`),
      root,
      ...(exchange === undefined ? {} : { exchange }),
      keepKinds: true,
      lenient: true,
      explain: ({ path, errno }) => overwriteText(target.directory, path, errno),
    });
    const bytes = await work(writer);
    const { warnings } = await writer.finish();
    return { bytes, warnings };
  } catch (error) {
    throw inWords(error, files, target.directory);
  }
}

function inWords(error: unknown, files: ContainerFiles, directory: string): unknown {
  if (isOfPath(error)) return noFile(files, directory);
  if (error instanceof KernelError && error.errno === ERRNO.EROFS) return files.readonlyError(directory);
  return error;
}
