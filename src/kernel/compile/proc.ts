// The host's procfs as a descriptor, opened and verified before any mount of the container exists: every write to /proc goes through it,
// so that no mount inside can redirect one (CVE-2025-52881).
import { type Op, op, type Register } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { FS_MAGIC, openFlags } from "../tables/open-flags.ts";

/** The inode number of a procfs root (PROC_ROOT_INO). */
const PROC_ROOT_INODE = 1;

export function openProcOps(out: Register, arch: HostFacts["arch"]): Op[] {
  return [
    op("open", { dir: undefined, path: "/proc", flags: openFlags(arch).O_PATH, mode: 0, out }, "procfs"),
    op("checkFs", { fd: out, magic: FS_MAGIC.proc, ino: PROC_ROOT_INODE }, { from: "procfs", subject: "/proc" }),
  ];
}
