// Idmapped mounts: runtime-spec 1.3 config.md, options `idmap` and `ridmap`, `uidMappings`, `gidMappings` of a mount; mount_setattr(2),
// "ID-mapped mounts". The mapping is given to the kernel as a user namespace, which must have a process for as long as it
// takes to write its maps and open it:
//
//   host                                   helper (section `idmap`)
//   channel; clone CLONE_NEWUSER  ------>  await 1
//   open /proc/PID, write uid_map, gid_map
//   open ns/user -> register
//   signal 1  -------------------------->  ends
//   reap
//
// MOUNT_ATTR_IDMAP takes CAP_SYS_ADMIN over the file system, so all of it happens in the host section; the child, where the
// container's user namespace has no such right, inherits the mapped detached mount and only attaches it.
import type { IdMapping } from "../../spec/runtime/config.ts";
import { type Op, type OpPolicy, op, type Register, type Registers } from "../plan/plan.ts";
import { MOUNT_ATTR } from "../tables/mount-flags.ts";
import { AT, OPEN_COMMON } from "../tables/open-flags.ts";
import type { IdMaps, IdmapContext, MountContext, MountEntry } from "./context.ts";

const CLONE_NEWUSER = 0x10000000;

/** The barrier that lets the helper go. */
const RELEASE = 1;

/** Maps in the form of /proc/PID/uid_map (user_namespaces(7)). */
function mapText(mappings: readonly IdMapping[]): string {
  return mappings.map((map) => `${map.containerID} ${map.hostID} ${map.size}\n`).join("");
}

/** The maps that the mount is to have: its own, or those of the container's user namespace. */
function mapsOf(entry: MountEntry, context: MountContext): IdMaps | undefined {
  const { uidMappings, gidMappings } = entry.mount;
  return uidMappings !== undefined && gidMappings !== undefined ? { uidMappings, gidMappings } : context.idMaps;
}

/** Name of the register that holds a user namespace with these maps (`userns 0:1000:1/0:1000:1`); mounts with the same maps share it. */
function namespaceName(maps: IdMaps | undefined): string {
  if (maps === undefined) return "joined userns";
  const text = (mappings: readonly IdMapping[]) => mappings.map((map) => `${map.containerID}:${map.hostID}:${map.size}`).join();
  return `userns ${text(maps.uidMappings)}/${text(maps.gidMappings)}`;
}

/** Maps the ids of a detached mount; none when the entry asks for no such thing. */
export function idmapOps(entry: MountEntry, context: MountContext, mount: Register): Op[] {
  if (entry.options.idmap === undefined && entry.mount.uidMappings === undefined) return [];
  const userns = context.registers.named(namespaceName(mapsOf(entry, context)));
  const flags = entry.options.idmap?.recursive ? AT.RECURSIVE : 0;
  return [
    op(
      "mountSetattr",
      { dir: mount, path: "", flags, set: MOUNT_ATTR.IDMAP, clear: 0, propagation: 0, userns },
      { from: entry.from, subject: `idmapped ${entry.subject}` },
    ),
  ];
}

/** The register of the user namespace with these maps, which idmapUserNamespaceOps makes. */
export function userNamespaceOf(maps: IdMaps, registers: Registers): Register {
  return registers.named(namespaceName(maps));
}

/** The host's ops that make the user namespaces of all idmapped mounts, one for each set of maps. */
export function idmapUserNamespaceOps(entries: readonly MountEntry[], context: MountContext): Op[] {
  const made = new Set<string>();
  const mapped = entries.filter(({ options, mount }) => options.idmap !== undefined || mount.uidMappings !== undefined);
  const wanted = [
    ...(context.rootMaps === undefined ? [] : [{ maps: context.rootMaps, from: "root.path", subject: "the root file system" }]),
    ...mapped.map((entry) => ({ maps: mapsOf(entry, context), from: entry.from, subject: entry.subject })),
  ];
  return wanted.flatMap(({ maps, from, subject }) => {
    const name = namespaceName(maps);
    if (made.has(name)) return [];
    made.add(name);
    const policy = { from, subject: `user namespace of ${subject}` };
    const out = context.registers.named(name);
    if (maps === undefined) {
      return [op("open", { dir: undefined, path: context.joinedUserNamespace ?? "", flags: OPEN_COMMON.O_RDONLY, mode: 0, out }, policy)];
    }
    return context.idmap === undefined ? [] : makeNamespace(maps, { ...context.idmap, registers: context.registers, out, policy });
  });
}

interface NamespaceMaker extends IdmapContext {
  readonly registers: Registers;
  readonly out: Register;
  readonly policy: OpPolicy;
}

function makeNamespace(maps: IdMaps, { registers, out, policy, section, proc }: NamespaceMaker): Op[] {
  const [near, far] = [registers.named("idmap near"), registers.named("idmap far")];
  const [pid, dir] = [registers.named("idmap pid"), registers.named("idmap proc")];
  return [
    op("channel", { a: near, b: far }, policy),
    op("clone", { section, flags: CLONE_NEWUSER, cgroup: undefined, pid, pidfd: undefined }, policy),
    op("openPid", { proc, pid, out: dir }, policy),
    op("write", { dir, path: "uid_map", data: [mapText(maps.uidMappings)] }, policy),
    op("write", { dir, path: "gid_map", data: [mapText(maps.gidMappings)] }, policy),
    op("open", { dir, path: "ns/user", flags: OPEN_COMMON.O_RDONLY, mode: 0, out }, policy),
    op("signal", { channel: near, number: RELEASE }, policy),
    op("reap", { pid }, policy),
    ...[near, far, dir].map((fd) => op("close", { fd }, policy)),
  ];
}

/**
 * What the helper does, as the section that `IdmapContext.section` names: nothing but live until it is let go, or until its maker is gone,
 * which it hears only when it does not hold the maker's end itself.
 */
export function idmapHelperOps(registers: Registers): Op[] {
  const policy = "user namespace of idmapped mounts";
  return [
    op("close", { fd: registers.named("idmap near") }, policy),
    op("await", { channel: registers.named("idmap far"), number: RELEASE }, policy),
  ];
}
