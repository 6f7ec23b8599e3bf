// `teu image tree`: the layers of an image, lowest first, in the manner of podman's.

import { isDigest } from "../../../base/digest.ts";
import { openImages } from "../../../engine/images/image-engine.ts";
import { type ImageTree, imageTree, type TreeLayer } from "../../../engine/images/tree.ts";
import { formatFamiliar, parseReference } from "../../../spec/distribution/reference.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { harmless } from "../../format/harmless.ts";
import { decimalSize } from "../../format/human-size.ts";
import { shortDigest } from "../short-id.ts";

const LONGEST_STEP = 60;

export default command({
  name: "image tree",
  summary: "Show the layers of an image: their sizes, what made them, and which other images have them",
  usage: "[flags] IMAGE",
  flags: {
    format: { type: "string", oneOf: ["text", "json"], value: "FORMAT", summary: "text or json" },
    "no-trunc": { type: "boolean", summary: "Show ids and instructions whole" },
  },
  args: { min: 1, max: 1, completes: "images" },
  failed: 1,
  async run({ flags, args: [name = ""], context }) {
    using images = openImages(engineOf(context));
    const tree = await imageTree(images, name);
    context.out(flags.format === "json" ? `${JSON.stringify(tree, null, 4)}\n` : textOf(tree, flags["no-trunc"] === true));
    return 0;
  },
});

function textOf({ id, names, size, layers }: ImageTree, whole: boolean): string {
  const lines = [
    `Image ID: ${whole ? id : shortDigest(id)}`,
    `Tags:     [${names.map(familiar).join(" ")}]`,
    `Size:     ${decimalSize(size, 4)}`,
    ...(layers.length === 0 ? ["No Image Layers"] : ["Image Layers"]),
    ...layers.map((layer, at) => `${at === layers.length - 1 ? "└──" : "├──"} ${layerText(layer, whole)}`),
  ];
  return lines.map((line) => `${harmless(line)}\n`).join("");
}

function layerText({ chainId, size, createdBy, sharedBy, topOf }: TreeLayer, whole: boolean): string {
  const step = createdBy.replaceAll(/\s+/g, " ").trim();
  return [
    `ID: ${whole ? chainId : shortDigest(chainId)}`,
    `Size: ${decimalSize(size, 4)}`,
    ...(step === "" ? [] : [whole || step.length <= LONGEST_STEP ? step : `${step.slice(0, LONGEST_STEP - 1)}…`]),
    ...(sharedBy.length === 0 ? [] : [`Shared with: [${sharedBy.map(familiar).join(" ")}]`]),
    ...(topOf.length === 0 ? [] : [`Top Layer of: [${topOf.map(familiar).join(" ")}]`]),
  ].join(" ");
}

const familiar = (name: string) => (isDigest(name) ? shortDigest(name) : formatFamiliar(parseReference(name)));
