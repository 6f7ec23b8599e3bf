// Whether a container comes of an image: made from it, or from one that was built upon it.
import type { StoredImage } from "../../../image/store/names.ts";
import type { Engine } from "../../engine.ts";
import type { ImageEngine } from "../../images/image-engine.ts";
import type { ContainerView } from "../view.ts";

type AncestorTest = (view: ContainerView, image: string) => boolean;

interface Ancestor {
  readonly id: string;
  /** The last of its layers' directories; undefined where it is not unpacked. */
  readonly top: string | undefined;
}

/** Looks the images up that the texts mean; one that is not there is nobody's ancestor. */
export async function ancestorTest(engine: Engine, texts: readonly string[]): Promise<AncestorTest> {
  const known = new Map<string, Ancestor>();
  if (texts.length > 0) {
    const { openImages } = await import("../../images/image-engine.ts");
    const { findStored } = await import("../../images/find.ts");
    using images = openImages(engine);
    for (const text of texts) {
      const found = await findStored(images, text);
      if (found !== undefined) known.set(text, { id: found.id, top: await topLayer(images, found) });
    }
  }
  return ({ row: { document } }, text) => {
    const ancestor = known.get(text);
    if (ancestor === undefined || document.root.kind !== "image") return false;
    return document.root.id === ancestor.id || (ancestor.top !== undefined && document.root.layers.includes(ancestor.top));
  };
}

async function topLayer({ store }: ImageEngine, image: StoredImage): Promise<string | undefined> {
  const { chainIds } = await import("../../../spec/image/chain-id.ts");
  const top = chainIds((await store.config(image)).rootfs.diff_ids).at(-1);
  return top === undefined ? undefined : store.layers.get(top)?.path;
}
