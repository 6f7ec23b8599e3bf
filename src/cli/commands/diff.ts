// `teu diff`: what a container has changed of its image, in docker's letters.
import { toText } from "../../base/byte-string.ts";
import { diffContainer } from "../../engine/containers/files/diff.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { harmless } from "../format/harmless.ts";

export default command({
  name: "diff",
  summary: "Show what a container has changed of its image",
  usage: "CONTAINER",
  flags: {},
  args: { min: 1, max: 1, completes: "containers" },
  failed: 1,
  examples: ["teu diff web"],
  async run({ args: [container = ""], context }) {
    const changes = await diffContainer(engineOf(context), container);
    context.out(changes.map(({ kind, path }) => `${kind} ${harmless(toText(path))}\n`).join(""));
    return 0;
  },
});
