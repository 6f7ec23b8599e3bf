// Flags and options of clone3(2) and prctl(2), by the names of linux/sched.h and linux/prctl.h; the same on every architecture.

/** clone3(2), besides CLONE_NEW*, which namespaces.ts has. */
// biome-ignore format: table
export const CLONE = {
  VM: 0x100, FS: 0x200, FILES: 0x400, PIDFD: 0x1000, VFORK: 0x4000, PARENT: 0x8000, CLEAR_SIGHAND: 2 ** 32, INTO_CGROUP: 2 ** 33,
} as const;

/** prctl(2). */
// biome-ignore format: table
export const PR = {
  SET_PDEATHSIG: 1, SET_DUMPABLE: 4, SET_KEEPCAPS: 8, SET_NAME: 15, CAPBSET_READ: 23, CAPBSET_DROP: 24, SET_SECUREBITS: 28,
  SET_CHILD_SUBREAPER: 36, SET_NO_NEW_PRIVS: 38, CAP_AMBIENT: 47,
} as const;
