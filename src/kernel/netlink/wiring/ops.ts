// The ops that wire a container to its networks: they name parts of the wiring file, so that the plan is the same for every container.
import { type Item, type Op, op, type Register, type Registers } from "../../plan/plan.ts";
import { OPEN_COMMON } from "../../tables/open-flags.ts";
import { NETLINK_NETFILTER, NETLINK_ROUTE } from "../message.ts";
import { inBatch, PART } from "./file.ts";
import type { Described, Wiring } from "./wiring.ts";

const FROM = "network";
const FIREWALL = "the container's ports in the firewall";

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

/** Makes sure of the ports, before anything is made for a container whose ports somebody has. */
export function holdPortsOps({ hold }: Wiring, registers: Registers): Op[] {
  const items = hold.map(({ subject }) => ({ doing: "publish", subject }));
  return [op("holdPorts", { file: fileRegister(registers), part: PART.hold }, { from: FROM, subject: "the container's ports", items })];
}

/** Opens the container's network namespace, by the rights of a host's root over any process. */
export function openNamespaceOps({ registers, proc, pid }: HostRegisters): Op[] {
  const [dir, namespace] = [registers.named("pid dir"), namespaceRegister(registers)];
  return [
    op("openPid", { proc, pid, out: dir }, FROM),
    op(
      "open",
      { dir, path: "ns/net", flags: OPEN_COMMON.O_RDONLY, mode: 0, out: namespace },
      { from: FROM, subject: "the container's network namespace" },
    ),
    op("close", { fd: dir }, FROM),
  ];
}

/** The network namespace of the container, open in the process that wires it. */
export function namespaceRegister(registers: Registers): Register {
  return registers.named("container netns");
}

/**
 * What is done where the networks are, once the container has its network namespace. What it makes goes with that; elements of the firewall
 * are for the caller to take back.
 */
export function wireOps(wiring: Wiring, registers: Registers): Op[] {
  const [file, namespace] = [fileRegister(registers), namespaceRegister(registers)];
  return [
    op(
      "netlinkPart",
      { protocol: NETLINK_ROUTE, file, part: PART.host, namespace },
      { from: FROM, subject: "the host's side of the container's networks", items: itemsOf(wiring.host) },
    ),
    op(
      "netlinkPart",
      { protocol: NETLINK_NETFILTER, file, part: PART.firewall, namespace: undefined },
      {
        from: FROM,
        subject: FIREWALL,
        items: itemsOf(inBatch(wiring.firewall)),
        ...(wiring.remake === undefined ? {} : { tolerate: ["ENOENT"] }),
      },
    ),
    ...(wiring.remake === undefined ? [] : [remakeOp(wiring.remake)]),
    op("close", { fd: namespace }, FROM),
  ];
}

const REMAKE_MS = 30_000;

function remakeOp(argv: readonly string[]): Op {
  const args = { path: argv[0] ?? "", argv, env: [], stdin: [], timeout: REMAKE_MS, hole: -1, pid: undefined };
  return op("run", args, { from: FROM, subject: FIREWALL, fallback: true });
}

/** The child section's part, once the host's is done. */
export function insideWiringOps(wiring: Wiring, registers: Registers): Op[] {
  const file = fileRegister(registers);
  const args = { protocol: NETLINK_ROUTE, file, part: PART.inside, namespace: undefined };
  return [
    op("netlinkPart", args, { from: FROM, subject: "the container's side of its networks", items: itemsOf(wiring.inside) }),
    op("close", { fd: file }, FROM),
  ];
}

function itemsOf(described: readonly Described[]): Item[] {
  return described.map(({ subject, network }) => ({
    doing: network === undefined ? "connect container to its networks" : `connect container to network ${network}`,
    subject,
  }));
}
