// A container's files as layers: those of its image, and what it has written over them. Who reads only layers disturbs nobody that writes.
import { TeuError } from "../../../base/errors.ts";
import type { ContainerDocument, ImageRoot } from "../../../containers/document/document.ts";
import { overlayMount } from "../../../image/snapshots/overlay.ts";
import type { TreePlace, TreeUserNamespace } from "../../../kernel/tree/place.ts";
import { directoryPlace, stackPlace } from "../../../kernel/tree/place.ts";
import type { Engine } from "../../engine.ts";
import { containerPaths } from "../state/directory.ts";

type Called = { readonly id: string; readonly name: string; readonly document: ContainerDocument };

/** @throws TeuError `unsupported` for a container that has no layers of its own: `verb` names what was to be done */
export function imageRootOf({ name, document: { root } }: Called, verb: string): ImageRoot {
  if (root.kind === "directory")
    throw new TeuError("unsupported", `${verb} container ${name}: it was made of a directory, and of no image`);
  if (root.copied) {
    throw new TeuError(
      "unsupported",
      `${verb} container ${name}: its files are a copy of the image's (there is no overlay here), and not told apart from them`,
    );
  }
  return root;
}

/** Without root: the user namespace that the container's files belong to. */
export function fileNamespace({ runtime }: Engine, { document: { birth } }: Called): TreeUserNamespace | undefined {
  const facts = runtime.facts();
  return facts.rootless && birth.maps !== undefined ? { ...birth.maps, facts } : undefined;
}

/** All of a container's files but what is mounted there, to be read. */
export function unmountedFiles(engine: Engine, container: Called): TreePlace {
  const { id, document } = container;
  const { root } = document;
  const userns = fileNamespace(engine, container);
  const { upper, copy } = containerPaths(engine.root, id);
  if (root.kind === "directory") return directoryPlace(root.path, userns);
  if (root.copied) return directoryPlace(copy, userns);
  const { rootless, kernel } = engine.runtime.facts();
  // Its changes are one more layer.
  return stackPlace({ mount: overlayMount([...root.layers, upper], undefined, { userxattr: rootless }), kernel }, userns);
}
