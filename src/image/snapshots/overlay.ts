// The layers of an image, and what a container writes over them, as one mount: overlayfs (kernel: Documentation/filesystems/overlayfs.rst).
// Pure; the kernel layer carries the mount out.
import { TeuError } from "../../base/errors.ts";
import type { Mount } from "../../spec/runtime/config.ts";

/** Where a container's changes go: two directories of one file system. */
export interface WritableLayer {
  readonly upper: string;
  /** overlayfs's own; empty at first. */
  readonly work: string;
}

export interface OverlayOptions {
  /** Marks in `user.overlay.*`: what a mount in a user namespace may set (Linux 5.11). */
  readonly userxattr: boolean;
  readonly readonly?: boolean;
  /** Nothing is flushed to disk at the end: for what does not outlive its container. Such an upper directory is not to be mounted again. */
  readonly volatile?: boolean;
}

/** OVL_MAX_STACK of fs/overlayfs. */
const MOST_LAYERS = 500;

/**
 * The mount that shows `layers` (absolute directories, bottom to top) as one tree, at `/` until the caller says otherwise. Without a writable
 * layer nothing can be changed; a single such layer is a plain bind.
 * @throws TeuError `unsupported` for no layer, and for more than the kernel stacks
 */
export function overlayMount(layers: readonly string[], writable: WritableLayer | undefined, options: OverlayOptions): Mount {
  const [only] = layers;
  if (only === undefined) throw new TeuError("unsupported", "stack the layers of the image: it has none, so that there is nothing to run");
  if (layers.length > MOST_LAYERS) {
    throw new TeuError(
      "unsupported",
      `stack the layers of the image: it has ${layers.length}, and overlayfs takes ${MOST_LAYERS}: build it again with fewer (RUN steps joined)`,
    );
  }
  const readonly = options.readonly === true || writable === undefined;
  if (writable === undefined && layers.length === 1) return { destination: "/", type: "bind", source: only, options: ["bind", "ro"] };
  return {
    destination: "/",
    type: "overlay",
    source: "overlay",
    options: [
      `lowerdir=${layers.toReversed().map(escapeLower).join(":")}`,
      ...(writable === undefined ? [] : [`upperdir=${escapePath(writable.upper)}`, `workdir=${escapePath(writable.work)}`]),
      ...featuresOf(options),
      ...(options.volatile === true && writable !== undefined ? ["volatile"] : []),
      ...(readonly ? ["ro"] : []),
    ],
  };
}

/**
 * Off whatever the module's defaults are: an upper directory is to be read as a layer by any tool, so it holds whole files
 * (`metacopy`) where their names are (`redirect_dir`); and layers are shared by mounts that do not know each other (`index`).
 */
function featuresOf({ userxattr }: OverlayOptions): string[] {
  // userxattr implies the other two, and refuses them beside it.
  return userxattr ? ["userxattr", "index=off"] : ["index=off", "metacopy=off", "redirect_dir=nofollow"];
}

/** What overlayfs takes a backslash off of again. */
function escapePath(path: string): string {
  return path.replaceAll("\\", "\\\\");
}

/** The same, and the colon that separates layers. */
function escapeLower(path: string): string {
  return escapePath(path).replaceAll(":", "\\:");
}
