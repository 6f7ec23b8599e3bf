// `teu-runtime update`.
import { readFileSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";
import { updateContainer } from "../../kernel/state/update.ts";
import { parseResources } from "../../spec/runtime/parse.ts";
import { LIMIT_FLAGS, resourcesOf } from "./update-flags.ts";
import { verb } from "./verb.ts";

/** Standard input, as a path. */
const STDIN = 0;

export default verb({
  name: "runtime update",
  summary: "Change the limits of a container",
  usage: "[flags] ID",
  flags: {
    resources: {
      type: "string",
      short: "r",
      value: "FILE",
      summary: "File with a linux.resources object, or - for standard input; other flags are then ignored",
    },
    ...LIMIT_FLAGS,
  },
  args: { min: 1, max: 1 },
  async run({ flags, args: [id = ""], runtime }) {
    const file = flags.resources;
    await updateContainer(runtime, id, file === undefined ? resourcesOf(flags) : parseResources(readResources(file)));
    return 0;
  },
});

function readResources(file: string): Uint8Array {
  try {
    return readFileSync(file === "-" ? STDIN : file);
  } catch (cause) {
    throw new TeuError("not-found", `read ${file}: --resources: ${reasonOf(cause)}`, { cause });
  }
}
