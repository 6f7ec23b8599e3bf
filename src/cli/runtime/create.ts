// `teu-runtime create`.
import { resolve } from "node:path";
import { readBundle } from "../../kernel/state/bundle.ts";
import { createContainer } from "../../kernel/state/create.ts";
import { activatedBundle, listenFds } from "./activation.ts";
import { createOptions } from "./create-options.ts";
import { CREATE_FLAGS, verb } from "./verb.ts";

export default verb({
  name: "runtime create",
  summary: "Create a container from a bundle; its program waits for start",
  usage: "[flags] ID",
  flags: CREATE_FLAGS,
  args: { min: 1, max: 1 },
  async run({ flags, args: [id = ""], runtime, context }) {
    const listen = listenFds(context);
    const socket = flags["console-socket"];
    const options = createOptions(id, flags, listen);
    await createContainer(runtime, activatedBundle(readBundle(runtime, flags.bundle ?? "."), listen), {
      ...options,
      keeper: "create",
      ...(socket === undefined ? {} : { console: { kind: "socket", path: resolve(socket) } }),
    });
    return 0;
  },
});
