// `teu-runtime create`.
import { parseBundle } from "../../kernel/state/bundle.ts";
import { readBundleText } from "../../kernel/state/bundle-text.ts";
import { createContainer } from "../../kernel/state/create.ts";
import { activatedBundle, listenFds } from "./activation.ts";
import { consoleOption, createOptions } from "./create-options.ts";
import { CREATE_FLAGS, verb } from "./verb.ts";

export default verb({
  name: "runtime create",
  summary: "Create a container from a bundle; its program waits for start",
  usage: "[flags] ID",
  flags: CREATE_FLAGS,
  args: { min: 1, max: 1 },
  async run({ flags, args: [id = ""], runtime, context }) {
    const listen = listenFds(context);
    const options = createOptions(id, flags, listen);
    await createContainer(runtime, activatedBundle(parseBundle(readBundleText(flags.bundle ?? ".")), listen), {
      ...options,
      keeper: "create",
      ...consoleOption(flags["console-socket"]),
    });
    return 0;
  },
});
