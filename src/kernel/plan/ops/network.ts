// Ops of netlink(7), and of the ports that a container has on the host. The parts of a wiring file: docs/plan.md, "Wiring".
import { define } from "./definition.ts";

export const NETWORK_OPS = define({
  netlink: {
    code: 130,
    doc: "send netlink messages on a fresh socket of `protocol` in this network namespace and check the acknowledgement of each of `acks` messages; the kernel's extended text goes into the report",
    args: { protocol: "int", messages: "pieces", acks: "int" },
  },
  netlinkDump: {
    code: 131,
    doc: "send one netlink request, for a dump or for one object, and append the messages of the answer, up to NLMSG_DONE or the acknowledgement, to the open file `to`; a table that changed meanwhile (NLM_F_DUMP_INTR) is asked for again, and EINTR the hundredth time",
    args: { protocol: "int", request: "pieces", to: "in" },
  },
  netlinkPart: {
    code: 132,
    doc: "send the netlink messages of part `part` of the wiring file `file`, with the descriptor number `namespace` put in where the part says; rtnetlink's one by one, others in one datagram; an acknowledgement that is an error leaves the number of the message in an `item` record; an empty part is nothing",
    args: { protocol: "int", file: "in", part: "int", namespace: "in?" },
  },
  holdPorts: {
    code: 133,
    doc: "socket(2) and bind(2), without SO_REUSEADDR, for every entry of a wiring file's part: nobody else gets these ports as long as the monitor lives; of a protocol that the kernel lacks, nothing; an `item` record tells the entry that failed",
    args: { file: "in", part: "int" },
  },
});
