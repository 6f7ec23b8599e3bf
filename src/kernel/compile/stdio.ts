// Descriptors 0, 1 and 2 of the container's process. The caller's /dev/null is the host's own node: through such a descriptor root of a
// container could change its mode and owner for everybody, wherever it is shown. As runc does, it becomes the container's.
import { type Op, op, type Register, type Registers } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { OPEN_COMMON, openFlags, S_IF } from "../tables/open-flags.ts";

const FROM = "standard streams";
const NULL_PATH = "/dev/null";

export interface StdioContext {
  readonly registers: Registers;
  /** The host's procfs. */
  readonly proc: Register;
}

/** What is a null device becomes the one below `root`. A container that has none keeps what it was given: there is nothing else to give. */
export function reopenNullOps(root: Register, { registers, proc }: StdioContext): Op[] {
  const node = registers.named("container's null");
  const policy = { from: FROM, subject: NULL_PATH };
  const found = { ...policy, ifSet: true };
  return [
    op(
      "openIn",
      { root, path: NULL_PATH, flags: OPEN_COMMON.O_PATH, mode: 0, resolve: 0, out: node },
      { ...policy, tolerate: ["ENOENT", "ENOTDIR"] },
    ),
    op("checkDevice", { fd: node, type: S_IF.CHR, major: 1, minor: 3 }, found),
    op("reopenNull", { proc, null: node }, found),
    op("close", { fd: node }, found),
  ];
}

/** The same for a process that has joined the container's mount namespace: its root, which `root` is for, is the container's. */
export function reopenJoinedNullOps(root: Register, { arch, ...context }: StdioContext & Pick<HostFacts, "arch">): Op[] {
  const { O_PATH, O_DIRECTORY } = openFlags(arch);
  return [
    op("open", { dir: undefined, path: "/", flags: O_PATH | O_DIRECTORY, mode: 0, out: root }, FROM),
    ...reopenNullOps(root, context),
    op("close", { fd: root }, FROM),
  ];
}
