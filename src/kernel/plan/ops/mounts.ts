// Ops on mounts.
import { define } from "./definition.ts";

export const MOUNT_OPS = define({
  openTree: {
    code: 30,
    doc: 'open_tree(2); path "" with AT_EMPTY_PATH takes dir itself; OPEN_TREE_CLOEXEC is added',
    args: { dir: "in?", path: "str", flags: "int", out: "out" },
  },
  fsMount: {
    code: 31,
    doc: "fsopen(2), fsconfig(2) each `key=value` (string) or `key` (flag), FSCONFIG_CMD_CREATE, fsmount(2) with MOUNT_ATTR_* `attr`",
    args: { type: "str", options: "list", attr: "int", out: "out" },
  },
  fsOpen: {
    code: 151,
    doc: "fsopen(2): a file system to be set up option by option, where fsMount's list does not do",
    args: { type: "str", out: "out" },
  },
  fsSet: { code: 152, doc: "fsconfig(2) each `key=value` (string) or `key` (flag)", args: { fs: "in", options: "list" } },
  fsSetFd: {
    code: 153,
    doc: "fsconfig(2) FSCONFIG_SET_FD: option `key` is what a descriptor leads to (overlay's layers, Linux 6.13)",
    args: { fs: "in", key: "str", fd: "in" },
  },
  fsMake: {
    code: 154,
    doc: "fsconfig(2) FSCONFIG_CMD_CREATE, fsmount(2) with MOUNT_ATTR_* `attr`; `fs` is closed and unset",
    args: { fs: "in", attr: "int", out: "out" },
  },
  mountSetattr: {
    code: 32,
    doc: "mount_setattr(2) on a register (AT_EMPTY_PATH) or path: attributes to set and clear, propagation (MS_*), idmap from a user namespace; flags AT_RECURSIVE",
    args: { dir: "in?", path: "str", flags: "int", set: "int", clear: "int", propagation: "int", userns: "in?" },
  },
  moveMount: {
    code: 33,
    doc: "move_mount(2) of a detached mount onto an O_PATH descriptor, both by empty path",
    args: { from: "in", to: "in", flags: "int" },
    undo: "umount",
  },
  remountLegacy: {
    code: 34,
    doc: "mount(2) MS_REMOUNT with `flags` and `data` on /proc/self/fd/N of a register: superblock options that mount_setattr cannot reach",
    args: { target: "in", flags: "int", data: "str" },
  },
  umount: { code: 35, doc: "umount2(2) of a path; flags MNT_DETACH, UMOUNT_NOFOLLOW", args: { path: "str", flags: "int" } },
  pivotRoot: {
    code: 36,
    doc: 'fchdir(root); pivot_root(".", "."); umount2(".", MNT_DETACH) after making the old root MS_SLAVE|MS_REC; chdir("/") (pivot_root(2), NOTES)',
    args: { root: "in" },
  },
  moveRoot: {
    code: 37,
    doc: 'no-pivot: fchdir(root); move the mount onto /; chroot("."); chdir("/") — weaker, for an initramfs (--no-pivot)',
    args: { root: "in" },
  },
  chroot: {
    code: 43,
    doc: 'fchdir(root); chroot("."); chdir("/"): for a container in its caller\'s mount namespace',
    args: { root: "in" },
  },
  mask: {
    code: 38,
    doc: "hide a path below root: a directory behind mount `dir` (a read-only tmpfs), anything else behind mount `file` (a verified /dev/null); both are detached, the first use attaches each, later ones clone it there",
    args: { root: "in", path: "str", file: "in", dir: "in" },
  },
  copyUp: {
    code: 39,
    doc: "copy the tree at `path` below root, its own attributes too, into the detached mount `into` by descriptors: directories, files, symbolic links with owners, modes, times, xattrs; devices, pipes and sockets not (tmpcopyup)",
    args: { root: "in", path: "str", into: "in" },
  },
  copyTree: {
    code: 170,
    doc: "copy the tree at directory `root` into directory `into`, both by descriptors: as copyUp does, devices, pipes and sockets too, and files with several names (by way of the empty directory `links`, on the file system of `into`); FICLONE where the file system has it",
    args: { root: "in", into: "in", links: "in" },
  },
  makeLike: {
    code: 171,
    doc: "makeIn, of a directory where the descriptor `like` leads to one, else of a file",
    args: { root: "in", path: "str", like: "in", out: "out" },
  },
  mknod: {
    code: 40,
    doc: "mknodat(2) below root, parents made as makeIn does, then owner and mode set by descriptor; an existing node of the same type and number is kept, any other file there is EEXIST",
    args: { root: "in", path: "str", mode: "int", major: "int", minor: "int", uid: "int", gid: "int" },
  },
  symlink: {
    code: 41,
    doc: "symlinkat(2) below root, parents made; an existing file of that name is success",
    args: { root: "in", target: "str", path: "str" },
  },
  bindAt: {
    code: 42,
    doc: "move_mount(2) a fresh open_tree(2) clone of register `from` (AT_RECURSIVE if recursive) onto `to`; before Linux 6.15 `from` must be an attached mount",
    args: { from: "in", to: "in", recursive: "int" },
    undo: "umount",
  },
});
