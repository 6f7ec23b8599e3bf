// `teu image diff`: what differs between two images, in docker's letters.

import { toText } from "../../../base/byte-string.ts";
import { diffImages } from "../../../engine/images/diff.ts";
import { openImages } from "../../../engine/images/image-engine.ts";
import type { Change, ChangeKind } from "../../../image/layers/compare.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { harmless } from "../../format/harmless.ts";

export default command({
  name: "image diff",
  summary: "Show what was added (A), changed (C) and deleted (D) from one image to another",
  usage: "[flags] FROM TO",
  flags: { format: { type: "string", oneOf: ["text", "json"], value: "FORMAT", summary: "text or json" } },
  args: { min: 2, max: 2, completes: "images" },
  failed: 1,
  examples: ["teu image diff debian:12.1 debian:12.2"],
  async run({ flags, args: [from = "", to = ""], context }) {
    using images = openImages(engineOf(context));
    const changes = await diffImages(images, from, to);
    context.out(
      flags.format === "json" ? jsonOf(changes) : changes.map((change) => `${change.kind} ${harmless(pathOf(change))}\n`).join(""),
    );
    return 0;
  },
});

const pathOf = ({ path }: Change) => `/${toText(path)}`;

/** podman's: a list for each kind that there is. */
function jsonOf(changes: readonly Change[]): string {
  const KINDS: readonly (readonly [string, ChangeKind])[] = [
    ["changed", "C"],
    ["added", "A"],
    ["deleted", "D"],
  ];
  const lists = KINDS.map(([name, kind]) => [name, changes.filter((change) => change.kind === kind).map(pathOf)] as const);
  return `${JSON.stringify(Object.fromEntries(lists.filter(([, paths]) => paths.length > 0)), null, 4)}\n`;
}
