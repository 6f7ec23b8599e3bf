// Sends messages in a network namespace that ends with the test, and asks a shell there what has become of them.
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { FIRST_EXTRA_FD } from "../../src/kernel/launch/launcher.ts";
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

/** Sends messages in a new network namespace and hands back what the kernel then tells in answer to a request. */
export async function dumped(sent: Sent, protocol: number, request: Message): Promise<Uint8Array> {
  const file = join(mkdtempSync(join(tmpdir(), "teu-netlink-")), "dump");
  const registers = new Registers();
  const to = registers.named("dump");
  const out = openSync(file, "w+");
  try {
    const ops = [
      op("adopt", { fd: FIRST_EXTRA_FD, out: to }, FROM),
      op("unshare", { flags: K.CLONE_NEWNET }, FROM),
      ...sendOps(sent),
      op("netlinkDump", { protocol, request: encodeMessages([request]), to }, FROM),
    ];
    await observe(ops, "true", { inherit: [out] });
    return new Uint8Array(readFileSync(file));
  } finally {
    closeSync(out);
    rmSync(dirname(file), { recursive: true });
  }
}
