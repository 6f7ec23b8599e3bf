// What `run` and `create` are asked to run.
import type { ImageDefaults } from "../../containers/config/image-defaults.ts";
import type { ContainerDraft } from "../../engine/containers/draft.ts";

/** What is to run: an image, a directory, or the embedded image. */
export interface Target extends Pick<ContainerDraft, "root" | "confirm"> {
  readonly made: ImageDefaults;
  /** It goes at its end, whatever the flags say. */
  readonly remove: boolean;
  readonly readonlyRoot?: boolean;
}
