// `teu search`: images of a registry by name; with --list-tags the tags of one.
import { openImages } from "../../engine/images/image-engine.ts";
import { searchImages, searchTags } from "../../engine/images/search.ts";
import type { SearchResult } from "../../image/client/listings.ts";
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { FILTER_FLAGS, type FilterRules, rowFilter, wordRule } from "../format/filter.ts";
import { FORMAT_FLAGS, type ListShape, listOutput } from "../format/list-output.ts";
import { ACCESS_FLAGS, accessOf } from "../registry-access.ts";

const MOST = 100;
const USUAL = 25;
/** Characters of a description. */
const MOST_WORDS = 45;

export default command({
  name: "search",
  summary: "Look for images in a registry",
  usage: "[flags] [REGISTRY/]TERM",
  flags: {
    ...FILTER_FLAGS,
    ...FORMAT_FLAGS,
    ...ACCESS_FLAGS,
    limit: { type: "integer", summary: `How many at most (${USUAL})` },
    "list-tags": { type: "boolean", summary: "The tags of the repository that TERM names" },
    "no-trunc": { type: "boolean", summary: "Show long texts whole" },
  },
  args: { min: 1, max: 1 },
  failed: 1,
  async run({ flags, args: [term = ""], context }) {
    const limit = flags.limit || USUAL; // docker takes 0 for it, too
    if (limit < 1 || limit > MOST) throw new UsageError(`limit ${limit} is outside the range of [1, ${MOST}]`);
    const access = accessOf(flags, context);
    const passes = rowFilter(flags.filter, FILTERS);
    using images = openImages(engineOf(context));
    if (flags["list-tags"] === true) {
      if (flags.filter !== undefined) throw new UsageError("--filter is not for --list-tags");
      const rows = (await searchTags(images, term, { limit, access })).map((tag) => ({ name: term, tag }));
      context.out(await listOutput(rows, TAGS, flags));
    } else context.out(await listOutput((await searchImages(images, term, { limit, access })).filter(passes), RESULTS, flags));
    return 0;
  },
});

const TRUTHS = ["true", "false"] as const;

const FILTERS: FilterRules<SearchResult> = {
  "is-automated": wordRule(TRUTHS, ({ automated }) => String(automated)),
  "is-official": wordRule(TRUTHS, ({ official }) => String(official)),
  stars: {
    matches: ({ stars }, value) => stars >= Number(value),
    check: (value) => {
      if (!/^\d{1,9}$/.test(value)) throw new UsageError(`invalid filter 'stars=${value}': it is a number`);
    },
  },
};

const RESULTS: ListShape<SearchResult> = {
  typeName: "*formatter.SearchContext",
  id: "Name",
  columns: [
    { name: "Name", header: "NAME", value: ({ name }) => name },
    { name: "Description", header: "DESCRIPTION", value: ({ description }, { whole }) => line(description, whole) },
    { name: "StarCount", header: "STARS", value: ({ stars }) => String(stars) },
    { name: "IsOfficial", header: "OFFICIAL", value: ({ official }) => (official ? "[OK]" : "") },
    { name: "IsAutomated", header: "AUTOMATED", hidden: true, value: ({ automated }) => (automated ? "[OK]" : "") },
  ],
};

const TAGS: ListShape<{ readonly name: string; readonly tag: string }> = {
  typeName: "*formatter.TagContext",
  id: "Tag",
  columns: [
    { name: "Name", header: "NAME", value: ({ name }) => name },
    { name: "Tag", header: "TAG", value: ({ tag }) => tag },
  ],
};

function line(text: string, whole: boolean): string {
  const characters = [...text.replaceAll(/[\r\n]+/g, " ")];
  return whole || characters.length <= MOST_WORDS ? characters.join("") : `${characters.slice(0, MOST_WORDS - 1).join("")}…`;
}
