// How a container is connected to networks: by the launcher itself, or, where they are an ordinary user's, by a process (section `networks`) that
// enters the namespaces that they are in, which the launcher could not leave again.
import { adoptHolderOps, enterHolderNetworkOps, enterHolderUserOps, keepHolderOps } from "../namespaces/holder-ops.ts";
import { adoptWiringOps, holdPortsOps, namespaceRegister, openNamespaceOps, wireOps } from "../netlink/wiring/ops.ts";
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import { OPEN_COMMON } from "../tables/open-flags.ts";
import type { CreateContext } from "./context.ts";
import type { CreateRequest } from "./request.ts";

const FROM = "network";

type Wired = Pick<CreateRequest, "wiring" | "within">;

/** Whether the plan has a section `networks`. */
export function isWiredFromWithin({ wiring, within }: Wired): boolean {
  return wiring !== undefined && within !== undefined;
}

/** Host section: takes what the launcher was given, before any process is made. */
export function adoptNetworkOps({ wiring, within, keeper }: Wired & Pick<CreateRequest, "keeper">, registers: Registers): Op[] {
  return [
    ...(wiring === undefined ? [] : adoptWiringOps(wiring.fd, registers)),
    ...(within === undefined ? [] : adoptHolderOps(within.fds, registers)),
    ...(within === undefined || keeper !== "monitor" ? [] : keepHolderOps(registers)),
  ];
}

/** Child section: whoever wires it from another user namespace may not look into its directory in /proc, which it may itself. */
export function sendNamespaceOps(far: Register, { slots, registers }: Pick<CreateContext, "slots" | "registers">): Op[] {
  const fd = registers.named("own netns");
  return [
    op("open", { dir: slots.proc, path: "self/ns/net", flags: OPEN_COMMON.O_RDONLY, mode: 0, out: fd }, FROM),
    op("sendFd", { channel: far, fd, data: ["n"] }, FROM),
    op("close", { fd }, FROM),
  ];
}

/** Host section: takes what the child sends with sendNamespaceOps. */
export function takeNamespaceOps({ request, slots, registers }: CreateContext): Op[] {
  return isWiredFromWithin(request) ? [op("recvFd", { channel: slots.near, out: namespaceRegister(registers) }, FROM)] : [];
}

/** Host section, between `mounted` and `hooked`. */
export function connectOps({ request: { wiring, within }, slots, registers }: CreateContext, networks: number | undefined): Op[] {
  if (wiring === undefined) return [];
  const hold = holdPortsOps(wiring.wiring, registers);
  if (within === undefined || networks === undefined) {
    return [...hold, ...openNamespaceOps({ registers, proc: slots.proc, pid: slots.pid }), ...wireOps(wiring.wiring, registers)];
  }
  const pid = registers.named("networks pid");
  return [
    ...hold,
    op("clone", { section: networks, flags: 0, cgroup: undefined, pid, pidfd: undefined }, FROM),
    op("reap", { pid }, { from: FROM, subject: "the process that connects the container to its networks" }),
    op("close", { fd: namespaceRegister(registers) }, FROM),
  ];
}

/** Section `networks`. */
export function networksSection({ request: { wiring }, slots, registers }: CreateContext): Op[] {
  if (wiring === undefined) return [];
  return [
    op("close", { fd: slots.near }, "hand-shake"),
    ...enterHolderUserOps(registers),
    ...enterHolderNetworkOps(registers),
    ...wireOps(wiring.wiring, registers),
  ];
}
