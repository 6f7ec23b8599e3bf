// `teu images`: the images of the store, a row a name, as docker lists them. SIZE is what the layers take unpacked, shared ones counted
// with every image that has them.
import { type ImageEngine, openImages } from "../../engine/images/image-engine.ts";
import { creationOf, type ImageSummary, isDangling, listStored } from "../../engine/images/list.ts";
import { familiarName, type ImageReference } from "../../spec/distribution/reference.ts";
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { FILTER_FLAGS, type FilterRule, type FilterRules, labelRules, parseFilters, rowFilter } from "../format/filter.ts";
import { decimalSize } from "../format/human-size.ts";
import { ago, goTime } from "../format/human-time.ts";
import { type Column, LIST_FLAGS, type ListShape, listOutput } from "../format/list-output.ts";
import { fitsPattern, patternOf } from "../format/reference-pattern.ts";
import { parseTimestamp } from "../format/timestamps.ts";
import { shortDigest } from "./short-id.ts";

export default command({
  name: "images",
  summary: "List images",
  usage: "[flags] [REPOSITORY[:TAG]]",
  flags: {
    all: { type: "boolean", short: "a", summary: "Show intermediate images, too (teu makes none)" },
    digests: { type: "boolean", summary: "Show digests" },
    tree: { type: "boolean", summary: "Not built: teu image tree shows layers" },
    ...FILTER_FLAGS,
    ...LIST_FLAGS,
  },
  args: { min: 0, max: 1, completes: "images" },
  failed: 1,
  examples: [
    "teu images --filter dangling=true -q            the ids of images that have lost their names",
    "teu images --filter reference='debian:1*'       those whose name fits a pattern",
    "teu images --format '{{.Repository}}:{{.Tag}} {{.Size}}'",
  ],
  async run({ flags, args, context }) {
    if (flags.tree === true) throw new UsageError("--tree is not built; without it an index shows as the image of this machine's platform");
    const engine = engineOf(context);
    using images = openImages(engine);
    const [name] = args;
    const filters = [...(flags.filter ?? []), ...(name === undefined ? [] : [`reference=${name}`])];
    const now = engine.runtime.now();
    const passes = rowFilter(filters, await filterRules(images, filters, now));
    const patterns = (parseFilters(filters, FILTER_KEYS).get("reference") ?? []).map(patternOf);
    const withDigest = flags.digests === true || (flags.format ?? "").includes(".Digest");
    const rows = (await listStored(images))
      .filter(passes)
      .map((image) => onlyMatching(image, patterns))
      .flatMap((image) => rowsOf(image, { withDigest, digests: flags.digests === true }));
    context.out(await listOutput(rows, imageList(now, flags.digests === true), flags));
    return 0;
  },
});

/** A line: an image under one of its names. */
interface ImageRow {
  readonly image: ImageSummary;
  readonly repository: string;
  readonly tag: string;
  readonly digest: string;
}

const NONE = "<none>";

/** docker's keys; the values are told by `filterRules`. */
const FILTER_KEYS = ["before", "dangling", "label", "label!", "reference", "since", "until"] as const;

async function filterRules(images: ImageEngine, texts: readonly string[], now: Date): Promise<FilterRules<ImageSummary>> {
  const filters = parseFilters(texts, FILTER_KEYS);
  const created = new Map<string, number>();
  for (const text of [...(filters.get("before") ?? []), ...(filters.get("since") ?? [])]) created.set(text, await creationOf(images, text));
  const patterns = new Map((filters.get("reference") ?? []).map((text) => [text, patternOf(text)]));
  const age = (image: ImageSummary) => image.created ?? 0;
  return {
    before: { every: true, matches: (image, text) => age(image) < (created.get(text) ?? 0) },
    since: { every: true, matches: (image, text) => age(image) > (created.get(text) ?? 0) },
    until: {
      check: (text) => void parseTimestamp(text, now, "--filter until"),
      matches: (image, text) => age(image) < parseTimestamp(text, now).getTime(),
    },
    dangling: DANGLING,
    reference: {
      matches: ({ names, repoDigests }, text) => {
        const pattern = patterns.get(text);
        return pattern !== undefined && [...names, ...repoDigests].some((name) => fitsPattern(pattern, name));
      },
    },
    ...labelRules(({ labels }) => labels),
  };
}

/** Go's strconv.ParseBool. */
const TRUTHS: Readonly<Record<string, boolean>> = { true: true, "1": true, t: true, false: false, "0": false, f: false };

const DANGLING: FilterRule<ImageSummary> = {
  matches: (image, text) => (TRUTHS[text.toLowerCase()] === true ? image.names.length === 0 : !isDangling(image)),
  check: (text) => {
    if (!Object.hasOwn(TRUTHS, text.toLowerCase())) throw new UsageError(`invalid filter 'dangling=${text}': it is true or false`);
  },
};

/** Of an image that was found by a pattern only the names that fit are shown. */
function onlyMatching(image: ImageSummary, patterns: readonly RegExp[]): ImageSummary {
  if (patterns.length === 0) return image;
  const fits = (name: ImageReference) => patterns.some((pattern) => fitsPattern(pattern, name));
  return { ...image, names: image.names.filter(fits), repoDigests: image.repoDigests.filter(fits) };
}

interface RowOptions {
  /** A row for each digest of a name. */
  readonly withDigest: boolean;
  /** `--digests`: also of repositories without a tag. */
  readonly digests: boolean;
}

function rowsOf(image: ImageSummary, { withDigest, digests }: RowOptions): readonly ImageRow[] {
  if (isDangling(image)) return [{ image, repository: NONE, tag: NONE, digest: NONE }];
  const digestsOf = (repository: string) =>
    image.repoDigests.filter((name) => familiarName(name) === repository).map(({ digest }) => digest ?? NONE);
  const tagged = image.names.flatMap((name) => {
    const repository = familiarName(name);
    const known = withDigest ? digestsOf(repository) : [];
    return (known.length === 0 ? [NONE] : known).map((digest) => ({ image, repository, tag: name.tag ?? NONE, digest }));
  });
  const named = new Set(tagged.map(({ repository }) => repository));
  const others = [...new Set(image.repoDigests.map(familiarName))].filter((repository) => !named.has(repository));
  const untagged = others.flatMap((repository) =>
    (digests ? digestsOf(repository) : [NONE]).map((digest) => ({ image, repository, tag: NONE, digest })),
  );
  return [...tagged, ...untagged];
}

function imageList(now: Date, digests: boolean): ListShape<ImageRow> {
  const size = ({ image }: ImageRow) => decimalSize(image.size);
  const time = ({ image: { created } }: ImageRow, text: (rfc3339: string) => string) =>
    created === undefined ? "N/A" : text(new Date(created).toISOString());
  const hidden = (name: string, header: string, value: Column<ImageRow>["value"]): Column<ImageRow> => ({
    name,
    header,
    hidden: true,
    value,
  });
  return {
    typeName: "*formatter.ImageContext",
    id: "ID",
    columns: [
      { name: "Repository", header: "REPOSITORY", value: ({ repository }) => repository },
      { name: "Tag", header: "TAG", value: ({ tag }) => tag },
      { name: "Digest", header: "DIGEST", hidden: !digests, value: ({ digest }) => digest },
      { name: "ID", header: "IMAGE ID", value: ({ image: { id } }, { whole }) => (whole ? id : shortDigest(id)) },
      { name: "CreatedSince", header: "CREATED", value: (row) => time(row, (text) => ago(text, now)) },
      hidden("CreatedAt", "CREATED AT", (row) => time(row, goTime)),
      { name: "Size", header: "SIZE", value: size },
      hidden("VirtualSize", "SIZE", size),
      // docker computes them for `system df` alone.
      hidden("Containers", "CONTAINERS", () => "N/A"),
      hidden("SharedSize", "SHARED SIZE", () => "N/A"),
      hidden("UniqueSize", "UNIQUE SIZE", () => "N/A"),
    ],
  };
}
