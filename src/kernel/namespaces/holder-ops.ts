// Ops about a user and a network namespace that a process holds for others: they are entered by descriptors that the launcher is given, so
// that no pid can come to mean another process on the way.
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import { PR } from "../tables/process-flags.ts";

/** The launcher's descriptors that are the two namespaces. */
export interface HolderFds {
  readonly user: number;
  readonly network: number;
}

const FROM = "network";

/** Takes both descriptors; before the process is made that enters them. */
export function adoptHolderOps({ user, network }: HolderFds, registers: Registers): Op[] {
  return [
    op("adopt", { fd: user, out: holderRegister("user", registers) }, FROM),
    op("adopt", { fd: network, out: holderRegister("network", registers) }, FROM),
  ];
}

/** Enters the user namespace; nobody comes out again. */
export function enterHolderUserOps(registers: Registers): Op[] {
  return [
    op(
      "setns",
      { fd: holderRegister("user", registers), types: namespaceFacts("user").flag },
      { from: FROM, subject: "the user namespace of the user's networks" },
    ),
    stayDumpableOp(),
  ];
}

/**
 * Whoever has entered a namespace is no longer dumpable, and the id maps of its children could not be written. What is in the user namespace
 * with us is our user's own, and containers, which are in others below it, have no rights over us.
 */
export function stayDumpableOp(): Op {
  return op("prctl", { option: PR.SET_DUMPABLE, a: 1, b: 0, c: 0, d: 0 }, FROM);
}

/** Enters the network namespace, which the user namespace owns. */
export function enterHolderNetworkOps(registers: Registers): Op[] {
  const fd = holderRegister("network", registers);
  return [
    op("setns", { fd, types: namespaceFacts("network").flag }, { from: FROM, subject: "the network namespace of the user's networks" }),
  ];
}

/** The monitor holds both, too: as long as a container runs they are there, and can be found by its descriptors. */
export function keepHolderOps(registers: Registers): Op[] {
  return (["user", "network"] as const).map((type) => op("keep", { fd: holderRegister(type, registers) }, FROM));
}

function holderRegister(type: "user" | "network", registers: Registers): Register {
  return registers.named(`held ${type} namespace`);
}
