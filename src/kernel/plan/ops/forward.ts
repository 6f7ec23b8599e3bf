// Ops of the forwarder: a process that hands on what comes to ports of one network namespace to addresses of another, as published ports of
// containers without root need it. Nothing of what it carries is looked at.
import { define } from "./definition.ts";

export const FORWARD_OPS = define({
  forwardPort: {
    code: 160,
    doc: "take a port in this network namespace (`protocol` 6 or 17; 4 or 16 bytes of address): socket(2), bind(2), listen(2), kept by this process for `forward`, which leads it to `target` and `targetPort`",
    args: { protocol: "int", address: "bytes", port: "int", target: "bytes", targetPort: "int" },
  },
  forward: {
    code: 161,
    doc: "hand on what comes to the ports of all `forwardPort`, from sockets of this network namespace that have the peer's own address (IP_TRANSPARENT), as `name` (PR_SET_NAME), until a signal ends it",
    args: { name: "str" },
  },
});
