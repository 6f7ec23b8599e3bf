// The second half of every mount: find or make its target in the container's root, move the detached mount there, set its
// propagation, forget the descriptors.
import { type Op, type OpPolicy, op, type Register } from "../plan/plan.ts";
import { FS_MAGIC, OPEN_COMMON, RESOLVE, S_IF } from "../tables/open-flags.ts";
import { setPropagation } from "./attributes.ts";
import type { MountContext, MountEntry } from "./context.ts";
import { insideProc } from "./entry.ts";

/** Where an op of an entry came from, and what it is about. */
export function policyOf(entry: MountEntry): OpPolicy {
  return { from: entry.from, subject: entry.subject };
}

/** Opens the target of a mount in register `target`, a directory or a file; makes it when it is missing. */
export function targetOps(entry: MountEntry, context: MountContext, kind: "directory" | "file"): Op[] {
  const policy = policyOf(entry);
  const out = context.registers.named("target");
  const mode = kind === "file" ? S_IF.REG | 0o644 : S_IF.DIR | 0o755;
  const make = { root: context.root, path: entry.destination, mode, out };
  if (entry.destination === "/proc" || entry.mount.type === "proc" || entry.mount.type === "sysfs") return strictTargetOps(entry, context);
  const ops: Op[] = [op("makeIn", make, policy)];
  // A link in the image may lead a harmless destination into procfs, over a file that the runtime itself writes (CVE-2025-52881).
  if (!insideProc(entry.destination)) ops.push(op("refuseFs", { fd: out, magic: FS_MAGIC.proc }, policy));
  return ops;
}

/** The same for a mount whose root is only known when it is made: the target is of its kind. */
export function targetLikeOps(entry: MountEntry, context: MountContext, mount: Register): Op[] {
  const policy = policyOf(entry);
  const out = context.registers.named("target");
  return [
    op("makeLike", { root: context.root, path: entry.destination, like: mount, out }, policy),
    op("refuseFs", { fd: out, magic: FS_MAGIC.proc }, policy),
  ];
}

/** For procfs and sysfs: no link anywhere in the path, or a container could keep the real one off its place (CVE-2019-19921). */
function strictTargetOps(entry: MountEntry, context: MountContext): Op[] {
  const policy = policyOf(entry);
  const out = context.registers.named("target");
  const path = { root: context.root, path: entry.destination };
  const open = { ...path, flags: OPEN_COMMON.O_PATH, mode: 0, resolve: RESOLVE.NO_SYMLINKS, out };
  return [
    op("openIn", open, { ...policy, tolerate: ["ENOENT"] }),
    op("makeIn", { ...path, mode: S_IF.DIR | 0o755, out }, { ...policy, fallback: true }),
    op("close", { fd: out }, { ...policy, fallback: true }),
    op("openIn", open, { ...policy, fallback: true }),
  ];
}

/** Moves the detached mount onto register `target` and closes that. */
export function attachOps(entry: MountEntry, context: MountContext, mount: Register): Op[] {
  const policy = policyOf(entry);
  const target = context.registers.named("target");
  return [
    op("moveMount", { from: mount, to: target, flags: 0 }, policy),
    op("close", { fd: target }, policy),
    ...propagationOps(entry, mount),
  ];
}

/** The propagation types asked for, in order. */
export function propagationOps(entry: MountEntry, mount: Register): Op[] {
  return entry.options.propagation.map((type) => setPropagation(mount, type, policyOf(entry)));
}
