// Chain ids: the name of a stack of layers applied one on another, by which unpacked layers are shared (image-spec 1.1 config.md,
// "Layer ChainID").
import { type Digest, digestOf } from "../../base/digest.ts";

/** The chain id of each layer with all below it, lowest first: as many as there are diff ids. */
export function chainIds(diffIds: readonly Digest[]): readonly Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) chain.push(nextChainId(chain.at(-1), diffId));
  return chain;
}

/** The chain id of a layer upon a chain, or upon nothing. */
export function nextChainId(below: Digest | undefined, diffId: Digest): Digest {
  return below === undefined ? diffId : digestOf(`${below} ${diffId}`);
}
