// The ops that wire a container to its networks: they name parts of the wiring file, so that the plan is the same for every container.
import { type Item, type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { OPEN_COMMON } from "../tables/open-flags.ts";
import { NETLINK_NETFILTER, NETLINK_ROUTE } from "./message.ts";
import type { Described, Wiring } from "./wiring.ts";
import { inBatch, PART } from "./wiring-file.ts";

const FROM = "network";

/** Takes the wiring file before the container's process is made, which reads a part of it, too. */
export function adoptWiringOps(fd: number, registers: Registers): Op[] {
  return [op("adopt", { fd, out: fileRegister(registers) }, FROM)];
}

function fileRegister(registers: Registers): Register {
  return registers.named("wiring file");
}

interface HostRegisters {
  readonly registers: Registers;
  readonly proc: Register;
  /** The container's process. */
  readonly pid: Register;
}

/**
 * The host section's part, once the container has its network namespace: ports first, because nothing is to be made for a container whose
 * ports somebody has. What is made goes with the container's namespace; elements of the firewall are for the caller to take back.
 */
export function hostWiringOps(wiring: Wiring, { registers, proc, pid }: HostRegisters): Op[] {
  const file = fileRegister(registers);
  const [dir, namespace] = [registers.named("pid dir"), registers.named("container netns")];
  const part = { file, namespace: undefined };
  const rules = { ...part, protocol: NETLINK_NETFILTER };
  return [
    op("holdPorts", { file, part: PART.hold }, { from: FROM, items: wiring.hold.map(({ subject }) => ({ doing: "publish", subject })) }),
    op("openPid", { proc, pid, out: dir }, FROM),
    op(
      "open",
      { dir, path: "ns/net", flags: OPEN_COMMON.O_RDONLY, mode: 0, out: namespace },
      { from: FROM, subject: "the container's network namespace" },
    ),
    op("netlinkPart", { protocol: NETLINK_ROUTE, file, part: PART.host, namespace }, { from: FROM, items: itemsOf(wiring.host) }),
    op("netlinkPart", { ...rules, part: PART.firewall }, { from: FROM, items: itemsOf(inBatch(wiring.firewall)), tolerate: ["ENOENT"] }),
    op("netlinkPart", { ...rules, part: PART.firewallAnew }, { from: FROM, items: itemsOf(inBatch(wiring.firewallAnew)), fallback: true }),
    op("close", { fd: namespace }, FROM),
    op("close", { fd: dir }, FROM),
  ];
}

/** The child section's part, once the host's is done. */
export function insideWiringOps(wiring: Wiring, registers: Registers): Op[] {
  const file = fileRegister(registers);
  const args = { protocol: NETLINK_ROUTE, file, part: PART.inside, namespace: undefined };
  return [op("netlinkPart", args, { from: FROM, items: itemsOf(wiring.inside) }), op("close", { fd: file }, FROM)];
}

function itemsOf(described: readonly Described[]): Item[] {
  return described.map(({ subject, network }) => ({
    doing: network === undefined ? "connect container to its networks" : `connect container to network ${network}`,
    subject,
  }));
}
