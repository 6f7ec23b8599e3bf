// `teu run`.
import { command } from "../command.ts";

export default command({
  name: "run",
  summary: "Run a program in a new container",
  usage: "[flags] ROOTFS-OR-HELLO [COMMAND [ARG…]]",
  flags: {},
  args: { min: 0, max: Number.POSITIVE_INFINITY },
  run: () => 1,
});
