// Chain ids and histories: what is said of an image's layers, one by one.
import { describe, expect, test } from "bun:test";
import { digestOf } from "../../base/digest.ts";
import { chainIds, nextChainId } from "./chain-id.ts";
import type { Descriptor } from "./descriptor.ts";
import { type HistoryStep, pairHistory } from "./history.ts";

const [A, B, C] = [digestOf("a"), digestOf("b"), digestOf("c")] as const;

describe("chain ids", () => {
  test("are the diff id of the lowest layer, then the digest of chain and diff id", () => {
    const second = digestOf(`${A} ${B}`);
    expect(chainIds([A, B, C])).toEqual([A, second, digestOf(`${second} ${C}`)]);
    expect(nextChainId(second, C)).toBe(chainIds([A, B, C]).at(-1) ?? A);
  });
  test("tell the order of layers apart", () => expect(chainIds([A, B])[1]).not.toBe(chainIds([B, A])[1]));
  test("of no layers are none", () => expect(chainIds([])).toEqual([]));
});

describe("pairHistory", () => {
  const layer = (name: string): Descriptor => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    digest: digestOf(`blob ${name}`),
    size: 1,
  });
  const config = (...history: { created_by: string; empty_layer?: boolean }[]) => ({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers" as const, diff_ids: [A, B] },
    history,
  });
  const shown = (steps: readonly HistoryStep[]) => steps.map(({ entry, diffId, layer }) => [entry?.created_by, diffId, layer?.digest]);
  const layers = [layer("a"), layer("b")];
  const [first, second] = [digestOf("blob a"), digestOf("blob b")];

  test("gives each step that is not empty the next layer", () => {
    const steps = pairHistory(config({ created_by: "ADD" }, { created_by: "CMD", empty_layer: true }, { created_by: "RUN" }), layers);
    expect(shown(steps)).toEqual([
      ["ADD", A, first],
      ["CMD", undefined, undefined],
      ["RUN", B, second],
    ]);
  });
  test("lets layers follow that the history does not tell of", () => {
    expect(shown(pairHistory(config({ created_by: "ADD" }), layers))).toEqual([
      ["ADD", A, first],
      [undefined, B, second],
    ]);
  });
  test("leaves steps without a layer when there are too few", () => {
    const steps = pairHistory(config({ created_by: "1" }, { created_by: "2" }, { created_by: "3" }));
    expect(shown(steps)).toEqual([
      ["1", A, undefined],
      ["2", B, undefined],
      ["3", undefined, undefined],
    ]);
  });
});
