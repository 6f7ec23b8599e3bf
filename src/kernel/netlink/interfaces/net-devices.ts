// Moves interfaces of the host into a container: runtime-spec 1.3 config-linux.md, "Network Devices". The kernel drops the
// addresses of an interface that changes its namespace; those that are permanent and global are given back.
import { InvalidInputError } from "../../../base/errors.ts";
import type { Linux } from "../../../spec/runtime/config.ts";
import { type Op, op, type Register, type Registers } from "../../plan/plan.ts";
import { namespaceFacts } from "../../tables/namespaces.ts";
import { OPEN_COMMON } from "../../tables/open-flags.ts";
import { encodeMessages, type Message, NETLINK_ROUTE } from "../message.ts";
import { addAddress } from "../rtnetlink/addresses.ts";
import { moveLink, setLinkUp } from "../rtnetlink/links.ts";
import type { LinkFacts } from "./link-facts.ts";

export interface NetDeviceContext {
  readonly registers: Registers;
  /** The caller's procfs, an open directory. */
  readonly proc: Register;
  /** A process in the container's network namespace. */
  readonly pid: Register;
  readonly links: readonly LinkFacts[];
}

/**
 * The host section's ops that move interfaces to the container, with a new name where one is given. The launcher enters the
 * container's network namespace for the addresses and comes back: RTM_NEWADDR knows no other.
 * @throws InvalidInputError naming every interface that the host does not have
 */
export function netDeviceOps(devices: Linux["netDevices"], context: NetDeviceContext): Op[] {
  const wanted = Object.entries(devices ?? {});
  if (wanted.length === 0) return [];
  const found = wanted.map(([name, device]) => ({ name, device, link: context.links.find((link) => link.name === name) }));
  const problems = found
    .filter(({ link }) => link === undefined)
    .map(({ name }) => ({ field: `linux.netDevices.${name}`, message: "no such interface on the host" }));
  if (problems.length > 0) throw new InvalidInputError("the configuration", problems);
  const { registers, proc, pid } = context;
  const from = "linux.netDevices";
  const [dir, host, container] = [registers.named("pid dir"), registers.named("host netns"), registers.named("container netns")];
  const open = { flags: OPEN_COMMON.O_RDONLY, mode: 0 };
  const types = namespaceFacts("network").flag;
  return [
    op("openPid", { proc, pid, out: dir }, from),
    op("open", { ...open, dir, path: "ns/net", out: container }, from),
    op("open", { ...open, dir: proc, path: "self/ns/net", out: host }, from),
    ...found.flatMap(({ name, device, link }) =>
      link === undefined ? [] : [sendOp(name, "to the container", moveMessages(link, { name: device.name || name, namespace: container }))],
    ),
    op("setns", { fd: container, types }, from),
    ...found.flatMap(({ name, link }) => (link === undefined ? [] : [sendOp(name, "in the container", arriveMessages(link))])),
    op("setns", { fd: host, types }, from),
    ...[dir, container, host].map((fd) => op("close", { fd }, from)),
  ];
}

function sendOp(name: string, where: string, messages: readonly Message[]): Op {
  const policy = { from: `linux.netDevices.${name}`, subject: `interface ${name} ${where}` };
  return op("netlink", { protocol: NETLINK_ROUTE, messages: encodeMessages(messages), acks: messages.length }, policy);
}

/** Down first: nothing on the host is to use it while it leaves, and older kernels rename no interface that is up. */
function moveMessages(link: LinkFacts, to: { readonly name: string; readonly namespace: Register }): Message[] {
  return [setLinkUp(link.index, false), moveLink(link.index, to)];
}

function arriveMessages(link: LinkFacts): Message[] {
  return [...link.addresses.map((address) => addAddress(link.index, address)), setLinkUp(link.index, true)];
}
