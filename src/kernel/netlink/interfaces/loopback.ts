// The loopback interface of a new network namespace, which the kernel makes and leaves down.
import { type Op, op } from "../../plan/plan.ts";
import { encodeMessages, NETLINK_ROUTE } from "../message.ts";
import { LOOPBACK_INDEX, setLinkUp } from "../rtnetlink/links.ts";

/** Takes `lo` up, in the network namespace of the process that runs the op. */
export function loopbackUpOps(): Op[] {
  const messages = encodeMessages([setLinkUp(LOOPBACK_INDEX, true)]);
  return [op("netlink", { protocol: NETLINK_ROUTE, messages, acks: 1 }, { from: "linux.namespaces", subject: "loopback interface" })];
}
