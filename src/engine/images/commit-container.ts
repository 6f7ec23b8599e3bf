// Use case `commit`: what a container of an image has changed becomes an image.
import type { Digest } from "../../base/digest.ts";
import { committedConfig } from "../../containers/config/committed-config.ts";
import type { ImageRoot } from "../../containers/document/document.ts";
import type { ProgressSink } from "../../image/ports/progress.ts";
import type { ExecutionConfig } from "../../spec/image/image-config.ts";
import { parseImageConfig } from "../../spec/image/parse-config.ts";
import { LARGEST_MANIFEST, parseManifest } from "../../spec/image/parse-manifest.ts";
import { imageRootOf } from "../containers/files/layers.ts";
import { findContainer } from "../containers/find.ts";
import { pauseWhileOpen } from "../containers/life/pause-while.ts";
import { containerPaths } from "../containers/state/directory.ts";
import { recordContainerEvent } from "../containers/state/record-event.ts";
import { commitDirectory } from "./commit.ts";
import type { ImageEngine } from "./image-engine.ts";

export interface CommitContainerOptions {
  /** The container, by its name, its id or the beginning of it. */
  readonly container: string;
  readonly name?: string | undefined;
  readonly changes?: readonly string[] | undefined;
  readonly author?: string | undefined;
  readonly message?: string | undefined;
  /** Stop its processes while the files are read. */
  readonly pause: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressSink | undefined;
}

/**
 * Commits a container; the result is the image's ID.
 * @throws TeuError `not-found`; `unsupported` for a container of no image; as commitDirectory
 */
export async function commitContainer(images: ImageEngine, options: CommitContainerOptions): Promise<Digest> {
  const { engine } = images;
  const container = findContainer(engine, options.container);
  const { id, document } = container;
  const root = imageRootOf(container, "commit");
  const { name, changes, author, message, signal, onProgress } = options;
  const image = await commitDirectory(images, {
    base: root.manifest,
    upper: containerPaths(engine.root, id).upper,
    hold: () => (options.pause ? pauseWhileOpen(engine, id) : undefined),
    name,
    config: committedConfig(await imageConfig(images, root), document),
    changes,
    author,
    message,
    createdBy: document.options.args.join(" "),
    signal,
    onProgress,
  });
  engine.state.write((db) =>
    recordContainerEvent(engine, db, container, "commit", { comment: message ?? "", imageID: image, imageRef: name ?? "" }),
  );
  return image;
}

async function imageConfig({ store }: ImageEngine, { manifest: digest }: ImageRoot): Promise<ExecutionConfig | undefined> {
  const { manifest } = parseManifest(await store.blobs.readSmall(digest, LARGEST_MANIFEST));
  if (manifest === undefined) return undefined;
  return parseImageConfig(await store.blobs.readSmall(manifest.config.digest, LARGEST_MANIFEST)).config;
}
