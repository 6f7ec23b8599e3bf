// Flags of the calls that open and look at files, by the names of the kernel's headers. A plan is made on the machine that runs it,
// so what differs by architecture is chosen by architecture: openFlags(arch).
import type { Arch } from "./arch.ts";

/** open(2) flags that are the same everywhere (asm-generic/fcntl.h). */
// biome-ignore format: table
export const OPEN_COMMON = {
  O_RDONLY: 0, O_WRONLY: 0o1, O_RDWR: 0o2, O_CREAT: 0o100, O_EXCL: 0o200, O_NOCTTY: 0o400, O_TRUNC: 0o1000, O_APPEND: 0o2000,
  O_NONBLOCK: 0o4000, O_CLOEXEC: 0o2_000_000, O_PATH: 0o10_000_000,
} as const;

/** arm64 takes its own numbers from 32-bit ARM (arch/arm64/include/uapi/asm/fcntl.h): x86-64's O_DIRECTORY is O_DIRECT there. */
// biome-ignore format: table
const OPEN_BY_ARCH = {
  x86_64:  { O_DIRECT: 0o40_000,  O_LARGEFILE: 0o100_000, O_DIRECTORY: 0o200_000, O_NOFOLLOW: 0o400_000, O_TMPFILE: 0o20_200_000 },
  aarch64: { O_DIRECT: 0o200_000, O_LARGEFILE: 0o400_000, O_DIRECTORY: 0o40_000,  O_NOFOLLOW: 0o100_000, O_TMPFILE: 0o20_040_000 },
} as const satisfies Record<Arch, Record<string, number>>;

export type OpenFlag = keyof typeof OPEN_COMMON | keyof (typeof OPEN_BY_ARCH)["x86_64"];

const OPEN = {
  x86_64: { ...OPEN_COMMON, ...OPEN_BY_ARCH.x86_64 },
  aarch64: { ...OPEN_COMMON, ...OPEN_BY_ARCH.aarch64 },
} as const;

/** open(2), openat2(2): the O_* flags of an architecture. */
export function openFlags(arch: Arch): Readonly<Record<OpenFlag, number>> {
  return OPEN[arch];
}

/** fcntl.h: flags of the *at calls. */
// biome-ignore format: table
export const AT = {
  SYMLINK_NOFOLLOW: 0x100, REMOVEDIR: 0x200, SYMLINK_FOLLOW: 0x400, NO_AUTOMOUNT: 0x800, EMPTY_PATH: 0x1000, RECURSIVE: 0x8000,
} as const;

/** openat2(2). */
// biome-ignore format: table
export const RESOLVE = {
  NO_XDEV: 0x01, NO_MAGICLINKS: 0x02, NO_SYMLINKS: 0x04, BENEATH: 0x08, IN_ROOT: 0x10, CACHED: 0x20,
} as const;

/** inode(7): file types in st_mode. */
// biome-ignore format: table
export const S_IF = {
  MT: 0o170_000, SOCK: 0o140_000, LNK: 0o120_000, REG: 0o100_000, BLK: 0o060_000, DIR: 0o040_000, CHR: 0o020_000, IFO: 0o010_000,
} as const;

/** statfs(2): f_type of the file systems whose identity a plan checks (linux/magic.h). */
// biome-ignore format: table
export const FS_MAGIC = {
  proc: 0x9fa0, sysfs: 0x6265_6572, tmpfs: 0x0102_1994, devpts: 0x1cd1,
  cgroup: 0x27_e0eb, cgroup2: 0x6367_7270, nsfs: 0x6e73_6673, resctrl: 0x0765_5821, overlay: 0x794c_7630,
} as const;
