// What `run` and `create` are to make a container of: an image, a directory, or the embedded image.
import type { ContainerDraft } from "../../../engine/containers/life/draft.ts";
import type { ExecutionConfig } from "../../../spec/image/image-config.ts";

export interface Target extends Pick<ContainerDraft, "root" | "confirm"> {
  /** What the image says; nothing of a directory. */
  readonly image?: ExecutionConfig;
  /** The words after it. */
  readonly args: readonly string[];
  /** A demonstration: of one shared read-only directory, so that there is nothing to keep of its container. */
  readonly demo: boolean;
}
