// Ops of rtnetlink(7).
import { define } from "./definition.ts";

export const NETWORK_OPS = define({
  netlink: {
    code: 130,
    doc: "send netlink messages on a fresh socket of `protocol` in this network namespace and check the acknowledgement of each of `acks` messages; the kernel's extended text goes into the report",
    args: { protocol: "int", messages: "pieces", acks: "int" },
  },
  netlinkDump: {
    code: 131,
    doc: "send one netlink request for a dump and append the messages of the answer, up to NLMSG_DONE, to the open file `to`; a table that changed meanwhile (NLM_F_DUMP_INTR) is EINTR",
    args: { protocol: "int", request: "pieces", to: "in" },
  },
});
