// `teu-runtime run`.
import { resolve } from "node:path";
import { readBundle } from "../../kernel/state/bundle.ts";
import { createContainer } from "../../kernel/state/create.ts";
import { runContainer } from "../../kernel/state/run.ts";
import { UsageError } from "../command.ts";
import { forwardSignals } from "../signals.ts";
import { activatedBundle, listenFds } from "./activation.ts";
import { createOptions } from "./create-options.ts";
import { CREATE_FLAGS, verb } from "./verb.ts";

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
    const bundle = activatedBundle(readBundle(runtime, flags.bundle ?? "."), listen);
    const socket = flags["console-socket"];
    if (flags.detach === true) {
      await createContainer(runtime, bundle, {
        ...options,
        keeper: "detach",
        ...(socket === undefined ? {} : { console: { kind: "socket", path: resolve(socket) } }),
      });
      return 0;
    }
    if (socket !== undefined) throw new UsageError("--console-socket is for --detach: in the foreground the terminal is this one");
    return runContainer(runtime, bundle, {
      options: { ...options, keeper: "monitor", monitor: { onExit: [] } },
      keep: flags.keep === true,
      attend: forwardSignals,
    });
  },
});
