// Use case `cp` out of a container: what a path names in it, to the host, or as a tar.
import { byteString } from "../../../base/byte-string.ts";
import { TeuError } from "../../../base/errors.ts";
import { type CopyItem, copyItems } from "../../../containers/copy/renamed.ts";
import { meansDirectory, splitEnd, targetOf } from "../../../containers/copy/rules.ts";
import { overwriteText } from "../../../containers/copy/words.ts";
import { TarWriter } from "../../../image/layers/tar/write.ts";
import { Exchange } from "../../../kernel/tree/exchange.ts";
import { readTree, type TreeItem } from "../../../kernel/tree/reader.ts";
import { openTreeWriter } from "../../../kernel/tree/writer.ts";
import type { Engine } from "../../engine.ts";
import type { Copied } from "./copy-in.ts";
import {
  type ContainerFiles,
  containerPath,
  followInside,
  isMissing,
  mappedTrees,
  noFile,
  noteCopy,
  treesOf,
  withFiles,
} from "./inside.ts";
import { localDestination } from "./local-files.ts";

export interface CopyOutRequest {
  readonly container: string;
  /** In the container, as it was typed. */
  readonly source: string;
  /** A link is followed, and copied under its own name. */
  readonly follow: boolean;
  /** A path of the host, or who takes the bytes of a tar. */
  readonly destination: { readonly path: string } | { readonly take: (chunk: Uint8Array) => Promise<void> };
  /** Owners stay; else all becomes the caller's. A tar tells them either way. */
  readonly archive: boolean;
  readonly signal?: AbortSignal;
  onBytes?(bytes: number): void;
}

/** @throws TeuError `not-found`, `conflict`: docker's words; KernelError naming the entry that failed */
export async function copyOut(engine: Engine, request: CopyOutRequest): Promise<Copied> {
  const { destination } = request;
  const local = "path" in destination ? localDestination(destination.path) : undefined;
  return await withFiles(engine, request.container, (files) => copyFrom(engine, files, request, local));
}

async function copyFrom(
  engine: Engine,
  files: ContainerFiles,
  request: CopyOutRequest,
  local: ReturnType<typeof localDestination> | undefined,
): Promise<Copied> {
  const { destination, signal, onBytes } = request;
  const source = await sourceInside(engine, files, request);
  const options = {
    from: byteString(source.name ?? ""),
    ...(signal === undefined ? {} : { signal }),
    ...(onBytes === undefined ? {} : { onBytes }),
  };
  using exchange = local === undefined ? undefined : new Exchange();
  const { first, items } = await begun(engine, files, { ...source, exchange }, request);
  const isDirectory = first.entry.type === "directory";
  if ("take" in destination) {
    const tar = new TarWriter(destination.take);
    const to = byteString(source.base ?? "");
    const bytes = await copyItems(items, tarSink(tar), { ...options, to });
    await tar.end();
    noteCopy(engine, files, "archive-path", containerPath(request.source));
    return { bytes, path: "-", warnings: [] };
  }
  if (local === undefined) throw new TeuError("internal", "copy from a container: there is nowhere to copy to");
  const target = targetOf({ base: source.base, isDirectory }, local);
  const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  await using writer = await openTreeWriter({
    ...treesOf(engine, target.directory),
    ...(request.archive ? mappedTrees(engine) : {}),
    root: target.directory,
    ...(exchange === undefined ? {} : { exchange }),
    keepKinds: true,
    lenient: true,
    explain: ({ path, errno }) => overwriteText(target.directory, path, errno),
  });
  const bytes = await copyItems(items, writer, { ...options, to: byteString(target.name ?? ""), ...(request.archive ? {} : { owner }) });
  const { warnings } = await writer.finish();
  noteCopy(engine, files, "archive-path", containerPath(request.source));
  return { bytes, path: local.path, warnings };
}

interface InsideSource {
  /** That is read: all of it, or what has `name` in it. */
  readonly directory: string;
  readonly name: string | undefined;
  /** What it is called where it goes; undefined where its contents alone are meant. */
  readonly base: string | undefined;
}

/** A path that ends in a slash means the directory that it leads to; any other one what it names, a link itself. */
async function sourceInside(engine: Engine, files: ContainerFiles, { source, follow }: CopyOutRequest): Promise<InsideSource> {
  const asked = containerPath(source);
  const { base } = splitEnd(asked);
  const path = follow ? (await followInside(engine, files, asked)).path : asked;
  if (meansDirectory(path) || path === "/") return { directory: path, name: undefined, base };
  const { directory, base: name } = splitEnd(path);
  return { directory, name, base };
}

/** The items, once the first one is there: it says what the source is. */
async function begun(
  engine: Engine,
  files: ContainerFiles,
  { directory, name, exchange }: InsideSource & { readonly exchange: Exchange | undefined },
  { source }: CopyOutRequest,
) {
  const items = readTree({
    ...treesOf(engine, `container ${files.text}`),
    root: files.directory(directory),
    ...(name === undefined ? {} : { name }),
    withoutKernels: true,
    ...(exchange === undefined ? {} : { exchange }),
  });
  try {
    const { value, done } = await items.next();
    if (done === true) throw new TeuError("unsupported", `copy ${source}: it is a socket, which only means something to who made it`);
    if (value.kind !== "entry") throw new TeuError("internal", `copy ${source}: its content came before it`);
    return { first: value, items: startingWith(value, items) };
  } catch (error) {
    throw isMissing(error) ? noFile(files, containerPath(source)) : error;
  }
}

async function* startingWith(first: TreeItem, rest: AsyncGenerator<TreeItem>): AsyncGenerator<CopyItem> {
  try {
    yield first;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function tarSink(tar: TarWriter) {
  return {
    entry: (entry: Parameters<TarWriter["entry"]>[0]) => tar.entry(entry),
    data: (chunk: Uint8Array) => tar.data(chunk),
    whiteout: () => undefined,
    opaque: () => undefined,
  };
}
