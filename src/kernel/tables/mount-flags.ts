// Flags of the mount calls, old and new, by the names of linux/mount.h; the same on every architecture.

/** mount(2). */
// biome-ignore format: table
export const MS = {
  RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8, SYNCHRONOUS: 16, REMOUNT: 32, MANDLOCK: 64, DIRSYNC: 128, NOSYMFOLLOW: 256,
  NOATIME: 1024, NODIRATIME: 2048, BIND: 4096, MOVE: 8192, REC: 16384, SILENT: 32768, POSIXACL: 1 << 16,
  UNBINDABLE: 1 << 17, PRIVATE: 1 << 18, SLAVE: 1 << 19, SHARED: 1 << 20,
  RELATIME: 1 << 21, I_VERSION: 1 << 23, STRICTATIME: 1 << 24, LAZYTIME: 1 << 25,
} as const;

/** umount2(2). */
export const MNT = { FORCE: 1, DETACH: 2, EXPIRE: 4 } as const;
export const UMOUNT_NOFOLLOW = 8;

/** open_tree(2), move_mount(2); OPEN_TREE_CLOEXEC is O_CLOEXEC. */
export const OPEN_TREE_CLONE = 1;
// biome-ignore format: table
export const MOVE_MOUNT = {
  F_SYMLINKS: 0x01, F_AUTOMOUNTS: 0x02, F_EMPTY_PATH: 0x04, T_SYMLINKS: 0x10, T_AUTOMOUNTS: 0x20, T_EMPTY_PATH: 0x40,
} as const;

/** mount_setattr(2), fsmount(2). The atime values share the bits of `_ATIME`: clear that before one is set. */
// biome-ignore format: table
export const MOUNT_ATTR = {
  RDONLY: 0x01, NOSUID: 0x02, NODEV: 0x04, NOEXEC: 0x08, _ATIME: 0x70, RELATIME: 0x00, NOATIME: 0x10, STRICTATIME: 0x20, NODIRATIME: 0x80,
  IDMAP: 0x10_0000, NOSYMFOLLOW: 0x20_0000,
} as const;
