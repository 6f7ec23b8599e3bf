// `teu history`: how an image came to be, newest step first.
import { describeImage, historyOf, type ImageStep } from "../../engine/images/describe.ts";
import { storedImage } from "../../engine/images/find.ts";
import { openImages } from "../../engine/images/image-engine.ts";
import { parsePlatform } from "../../spec/image/platform.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { decimalSize } from "../format/human-size.ts";
import { ago } from "../format/human-time.ts";
import { LIST_FLAGS, type ListShape, listOutput } from "../format/list-output.ts";
import { PLATFORM_FLAGS } from "../registry-flags.ts";
import { shortDigest } from "./short-id.ts";

export default command({
  name: "history",
  summary: "Show how an image came to be",
  usage: "[flags] IMAGE",
  flags: {
    ...LIST_FLAGS,
    ...PLATFORM_FLAGS,
    human: { type: "boolean", short: "H", summary: "Sizes and dates for people (true; --human=false for programs)" },
  },
  args: { min: 1, max: 1, completes: "images" },
  failed: 1,
  async run({ flags, args: [name = ""], context }) {
    const engine = engineOf(context);
    using images = openImages(engine);
    const platform = flags.platform === undefined ? undefined : parsePlatform(flags.platform, images.platform);
    const image = await describeImage(images, await storedImage(images, name), platform);
    const rows = historyOf(image).map((step, index) => ({ step, id: index === 0 ? image.id : undefined }));
    context.out(await listOutput(rows, historyList(engine.runtime.now(), flags.human !== false), flags));
    return 0;
  },
});

interface HistoryRow {
  readonly step: ImageStep;
  /** Of the image, in its newest step; docker keeps no images of the others. */
  readonly id: string | undefined;
}

const MISSING = "<missing>";
/** Characters of the column CREATED BY. */
const MOST_WORDS = 45;

function historyList(now: Date, human: boolean): ListShape<HistoryRow> {
  const created = ({ step: { entry } }: HistoryRow) => secondsOf(entry?.created);
  return {
    typeName: "*formatter.HistoryContext",
    id: "ID",
    columns: [
      { name: "ID", header: "IMAGE", value: ({ id }, { whole }) => (id === undefined ? MISSING : whole ? id : shortDigest(id)) },
      {
        name: "CreatedSince",
        header: "CREATED",
        hidden: !human,
        value: (row) => (created(row) === "" || !human ? created(row) : ago(created(row), now)),
      },
      { name: "CreatedAt", header: "CREATED AT", hidden: human, value: created },
      { name: "CreatedBy", header: "CREATED BY", value: ({ step }, { whole }) => words(step.entry?.created_by ?? "", whole) },
      { name: "Size", header: "SIZE", value: ({ step: { size } }) => (human ? decimalSize(size) : String(size)) },
      { name: "Comment", header: "COMMENT", value: ({ step }) => step.entry?.comment ?? "" },
    ],
  };
}

/** A time to the second, as docker shows it. */
function secondsOf(time: string | undefined): string {
  const parsed = new Date(time ?? "");
  return Number.isNaN(parsed.getTime()) ? "" : parsed.toISOString().replace(/\.\d+Z$/, "Z");
}

function words(text: string, whole: boolean): string {
  const line = text.replaceAll("\t", " ");
  const characters = [...line];
  return whole || characters.length <= MOST_WORDS ? line : `${characters.slice(0, MOST_WORDS - 1).join("")}…`;
}
