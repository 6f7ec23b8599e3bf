// `teu system check`: everything that is stored, against what it should be. docker has no such command.
import { openImages } from "../../../engine/images/image-engine.ts";
import { checkState } from "../../../engine/state/check.ts";
import type { StateFinding } from "../../../engine/state/finding.ts";
import type { CheckReport, Finding } from "../../../image/store/check.ts";
import { formatFamiliar, InvalidReferenceError, parseReference } from "../../../spec/distribution/reference.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { harmless } from "../../format/harmless.ts";
import { interruptible } from "../../interruption.ts";

export default command({
  name: "system check",
  summary: "Compare what is stored with what it should be; the exit status is 1 when something is wrong",
  usage: "[flags]",
  flags: {
    quick: { type: "boolean", summary: "Look whether all is there with its size, and do not read it" },
    repair: {
      type: "boolean",
      summary: "Drop what is damaged, mend what tells of containers and volumes, and say which images need a new pull",
    },
    format: { type: "string", oneOf: ["text", "json"], value: "FORMAT", summary: "text or json" },
  },
  args: { min: 0, max: 0 },
  failed: 1,
  examples: ["teu system check --quick || teu system check --repair"],
  async run({ flags, context }) {
    const engine = engineOf(context);
    using images = openImages(engine);
    const [quick, repair] = [flags.quick === true, flags.repair === true];
    return await interruptible(context, "what was not looked at is as it was", async (signal) => {
      const state = await checkState(engine, { repair });
      const stored = await images.store.check({ quick, repair, signal });
      const report = { ...stored, problems: [...state, ...stored.problems] };
      context.out(flags.format === "json" ? `${JSON.stringify(report, null, 4)}\n` : textOf(report, { quick, repair }));
      return report.problems.length > 0 ? 1 : 0;
    });
  },
});

interface Modes {
  readonly quick: boolean;
  readonly repair: boolean;
}

interface Report extends Omit<CheckReport, "problems"> {
  readonly problems: readonly (Finding | StateFinding)[];
}

function textOf({ problems, incomplete, leftovers, blobsChecked }: Report, { quick, repair }: Modes): string {
  const lines = [
    ...problems.map(({ kind, message }) => `${kind}: ${message}`),
    `${quick ? "looked at the sizes of" : "read"} ${count(blobsChecked, "blob")}: ${problems.length === 0 ? "nothing is wrong" : count(problems.length, "problem")}`,
    ...told(leftovers.partials, (number) => `${count(number, "download")} broke off: the next pull goes on, teu image prune removes`),
    ...told(
      leftovers.strays,
      (number) => `${count(number, "stray file")}, of killed commands: ${repair ? "removed" : "the next prune removes"}`,
    ),
    ...(repair ? incomplete.map((name) => `pull again: ${familiar(name)}`) : []),
  ];
  const hint = problems.length > 0 && !repair ? ["teu system check --repair mends or drops what is damaged"] : [];
  return [...lines, ...hint].map((line) => `${harmless(line)}\n`).join("");
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
const told = (number: number, sentence: (number: number) => string) => (number === 0 ? [] : [sentence(number)]);

/** A name, or the ID of what has none. */
function familiar(name: string): string {
  try {
    return formatFamiliar(parseReference(name));
  } catch (error) {
    if (error instanceof InvalidReferenceError) return name;
    throw error;
  }
}
