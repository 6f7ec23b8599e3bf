// `teu internal …`: commands that teu's own processes run; not for people.
import { command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";

export default command({
  name: "internal",
  summary: "Commands that teu runs itself",
  usage: "exited RUN-ROOT ROOT ID | systemd-scope | unpack LAYER DIRECTORY",
  flags: {},
  args: { min: 1, max: 4 },
  /**
   * `exited`: the monitor of a container runs this when the container has ended and nobody who started it is there any more. The roots are
   * told, because a monitor has no environment.
   * `unpack`: a layer's tar, packed or not, into a directory, which the bench holds against tar(1).
   * `systemd-scope`: a launch plan runs this to have systemd make the scope whose description is on stdin.
   */
  async run({ args: [what, runRoot = "", root = "", id = ""], context }) {
    if (what === "systemd-scope") return (await import("../runtime/systemd.ts")).makeScope();
    if (what === "unpack") return (await import("../../engine/images/unpack-alone.ts")).unpackAlone(engineOf(context), runRoot, root);
    if (what !== "exited") throw new UsageError(`internal ${what} is not known`);
    const engine = engineOf({ ...context, env: { ...context.env, TEU_RUN_ROOT: runRoot, TEU_ROOT: root } });
    await (await import("../../engine/containers/settle.ts")).settle(engine, id);
    return 0;
  },
});
