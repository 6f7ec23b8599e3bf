// Attributes of a mount that has not been attached yet: mount_setattr(2).
import { type Op, type OpPolicy, op, type Register } from "../plan/plan.ts";
import { MOUNT_ATTR, MS } from "../tables/mount-flags.ts";
import { AT } from "../tables/open-flags.ts";
import { type AttributeChange, changes, type ParsedOptions } from "./options.ts";

/** Attributes that a less privileged mount namespace may not take off a mount it inherited (mount_namespaces(7), "locked"). */
const TOLERATED = MOUNT_ATTR.NOSUID | MOUNT_ATTR.NODEV | MOUNT_ATTR.NOEXEC;

/** Changes attributes of the mount at a register. */
export function setAttributes(mount: Register, change: AttributeChange & { readonly recursive: boolean }, policy: OpPolicy): Op {
  return op(
    "mountSetattr",
    {
      dir: mount,
      path: "",
      flags: change.recursive ? AT.RECURSIVE : 0,
      set: change.set,
      clear: change.clear,
      propagation: 0,
      userns: undefined,
    },
    policy,
  );
}

/** Sets the propagation type of the mount at a register: MS_*, with MS_REC for all below it too. */
export function setPropagation(mount: Register, type: number, policy: OpPolicy): Op {
  const flags = type & MS.REC ? AT.RECURSIVE : 0;
  return op("mountSetattr", { dir: mount, path: "", flags, set: 0, clear: 0, propagation: type & ~MS.REC, userns: undefined }, policy);
}

/**
 * The attribute changes of a bind mount: those that were asked for and no other, so that a source's nosuid stays.
 * `locked`: the mount may be locked. Then what tightens is set first; taking nosuid, nodev, noexec off is tried and given up
 * silently, since engines ask for `dev` or `exec` by habit; a read-only source asked to be writable is an error.
 */
export function attributeOps(mount: Register, options: ParsedOptions, policy: OpPolicy & { readonly locked: boolean }): Op[] {
  const { locked, ...rest } = policy;
  return [
    { ...options.attributes, recursive: false },
    { ...options.recursive, recursive: true },
  ].flatMap((change) => {
    if (!changes(change)) return [];
    const loosen = change.clear & TOLERATED;
    if (!locked || loosen === 0) return [setAttributes(mount, change, rest)];
    const strict = { ...change, clear: change.clear & ~TOLERATED };
    return [
      ...(changes(strict) ? [setAttributes(mount, strict, rest)] : []),
      setAttributes(mount, { set: 0, clear: loosen, recursive: change.recursive }, { ...rest, tolerate: ["EPERM"] }),
    ];
  });
}
