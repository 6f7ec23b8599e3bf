// Sends messages in a network namespace that ends with the test, and asks a shell there what has become of them.
import { acknowledgements, encodeMessages, type Message, NETLINK_NETFILTER, NETLINK_ROUTE } from "../../src/kernel/netlink/message.ts";
import { type Op, op, type Register, Registers } from "../../src/kernel/plan/plan.ts";
import { K, observe } from "../launcher/setup.ts";

const FROM = "test";

export interface Sent {
  readonly route?: readonly Message[];
  readonly netfilter?: readonly Message[];
}

export function sendOps({ route = [], netfilter = [] }: Sent): Op[] {
  return [...sendOp(NETLINK_ROUTE, route), ...sendOp(NETLINK_NETFILTER, netfilter)];
}

function sendOp(protocol: number, messages: readonly Message[]): Op[] {
  if (messages.length === 0) return [];
  return [op("netlink", { protocol, messages: encodeMessages(messages), acks: acknowledgements(messages) }, FROM)];
}

/** What a shell prints in a new network namespace, after the messages. */
export function afterwards(sent: Sent, script: string): Promise<string> {
  return observe([op("unshare", { flags: K.CLONE_NEWNET }, FROM), ...sendOps(sent)], script);
}

const CONTAINER_FD = 60;
/** In a script of afterwardsWithContainer, before a command that runs in the container's namespace. */
export const IN_CONTAINER = `nsenter --net=/proc/$$/fd/${CONTAINER_FD}`;

/** The same with a second namespace, a container's, which is in a register. */
export function afterwardsWithContainer(sent: (container: Register) => Sent, script: string): Promise<string> {
  const registers = new Registers();
  const container = registers.named("container");
  const open = op("open", { dir: undefined, path: "/proc/self/ns/net", flags: K.O_RDONLY, mode: 0, out: container }, FROM);
  const unshare = op("unshare", { flags: K.CLONE_NEWNET }, FROM);
  const keep = op("dup2", { from: container, fd: CONTAINER_FD }, FROM);
  return observe([unshare, open, keep, unshare, ...sendOps(sent(container))], script);
}
