// `teu unshare`: a program, or a shell, as root of the user namespace that this user's containers have.
import { unshare } from "../../engine/unshare.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { holdSignals } from "../signals.ts";

const SHELL = "/bin/sh";

export default command({
  name: "unshare",
  summary: "Run a program in the user namespace of this user's containers",
  usage: "[COMMAND [ARG…]]",
  flags: {},
  args: { min: 0, max: Number.POSITIVE_INFINITY },
  stopAtFirstArg: true,
  examples: [
    "teu unshare                    a shell, in which files of containers have the owners that they see",
    "teu unshare cat /proc/self/uid_map",
  ],
  async run({ args, context }) {
    const { env } = context;
    const held = holdSignals({ terminal: false });
    return await unshare(
      engineOf(context),
      {
        args: args.length > 0 ? args : [env.SHELL ?? SHELL],
        env: Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
      },
      (launched) => held.handTo(launched),
    );
  },
});
