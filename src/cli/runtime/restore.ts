// `teu-runtime restore`.
import { resolve } from "node:path";
import { parseBundle } from "../../kernel/state/bundle.ts";
import { readBundleText } from "../../kernel/state/bundle-text.ts";
import { restoreContainer } from "../../kernel/state/restore.ts";
import { UsageError } from "../command.ts";
import { CRIU_VERB_FLAGS, criuOptions } from "./criu-flags.ts";
import { CREATE_FLAGS, verb } from "./verb.ts";

export default verb({
  name: "runtime restore",
  summary: "Restore a container from a checkpoint",
  usage: "--detach [flags] ID",
  flags: {
    ...CRIU_VERB_FLAGS,
    bundle: CREATE_FLAGS.bundle,
    "pid-file": CREATE_FLAGS["pid-file"],
    detach: { type: "boolean", short: "d", summary: "Return once it runs; there is no other way" },
    "no-subreaper": { type: "boolean", summary: "Accepted as runc does: nothing here ever becomes a subreaper" },
  },
  args: { min: 1, max: 1 },
  async run({ flags, args: [id = ""], runtime, context }) {
    if (flags.detach !== true) throw new UsageError("restore: --detach is missing: a restored container is nobody's child to wait for");
    const pidFile = flags["pid-file"];
    await restoreContainer(runtime, parseBundle(readBundleText(flags.bundle ?? ".")), {
      ...criuOptions(id, flags, context),
      ...(pidFile === undefined ? {} : { pidFile: resolve(pidFile) }),
    });
    return 0;
  },
});
