// `teu-runtime run`.

import { FIRST_EXTRA_FD } from "../../kernel/launch/launcher.ts";
import { readBundleText } from "../../kernel/state/bundle-text.ts";
import type { RunSource } from "../../kernel/state/prepare-run.ts";
import { runContainer } from "../../kernel/state/run.ts";
import { UsageError } from "../command.ts";
import { forwardSignals } from "../signals.ts";
import { activatedBundle, listenFds } from "./activation.ts";
import { consoleOption, createOptions } from "./create-options.ts";
import { CREATE_FLAGS, verb } from "./verb.ts";

const MENTIONS_TERMINAL = /"terminal"\s*:\s*true/;

export default verb({
  name: "runtime run",
  summary: "Create a container from a bundle and run its program",
  usage: "[flags] ID",
  flags: {
    ...CREATE_FLAGS,
    detach: { type: "boolean", short: "d", summary: "Return once the program runs" },
    keep: { type: "boolean", summary: "Keep the container when it has ended" },
    "no-subreaper": { type: "boolean", summary: "Accepted as runc does: nothing here ever becomes a subreaper" },
  },
  args: { min: 1, max: 1 },
  async run({ flags, args: [id = ""], runtime, context }) {
    const listen = listenFds(context);
    const options = createOptions(id, flags, listen);
    const text = readBundleText(flags.bundle ?? ".");
    const bundle = async () => activatedBundle((await import("../../kernel/state/bundle.ts")).parseBundle(text), listen);
    const console = consoleOption(flags["console-socket"]);
    if (flags.detach === true) {
      const { createContainer } = await import("../../kernel/state/create.ts");
      await createContainer(runtime, await bundle(), { ...options, keeper: "detach", ...console });
      return 0;
    }
    if (console.console !== undefined) throw new UsageError("--console-socket is for --detach: in the foreground the terminal is this one");
    // The text is looked at first: parsing it is what a cached plan spares.
    const terminal = MENTIONS_TERMINAL.test(text.text) && (await bundle()).config.process?.terminal === true;
    const shown = terminal ? (await import("../terminal/foreground.ts")).foregroundTerminal() : undefined;
    const source: RunSource = {
      id: options.id,
      key: [text.path, text.text, String(listen)],
      bundle,
      options: (wanted) => ({
        ...options,
        id: wanted,
        keeper: "monitor",
        monitor: { onExit: [], ...(terminal ? { clientFd: FIRST_EXTRA_FD + options.preserveFds } : {}) },
        ...(terminal ? { console: { kind: "monitor" } } : {}),
      }),
    };
    try {
      return await runContainer(runtime, source, { keep: flags.keep === true, attend: shown?.attend ?? forwardSignals });
    } finally {
      await shown?.shown();
    }
  },
});
