// Ops on descriptors and files.
import { define } from "./definition.ts";

export const FILE_OPS = define({
  adopt: { code: 1, doc: "take the inherited descriptor number `fd` into a register, close-on-exec", args: { fd: "int", out: "out" } },
  open: {
    code: 2,
    doc: "openat(2) of a host path that no container controls; dir unset = AT_FDCWD; O_CLOEXEC is added",
    args: { dir: "in?", path: "str", flags: "int", mode: "int", out: "out" },
  },
  openIn: {
    code: 3,
    doc: "openat2(2) with RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS and `resolve`; O_CLOEXEC is added",
    args: { root: "in", path: "str", flags: "int", mode: "int", resolve: "int", out: "out" },
  },
  makeIn: {
    code: 4,
    doc: "make a mount target below root, each missing parent with mkdirat (0755) at a descriptor, final part of S_IFMT `mode` (S_IFDIR|perm, S_IFREG|perm), then open it O_PATH; an existing target is opened as it is; symbolic links, dangling ones too, are resolved in root",
    args: { root: "in", path: "str", mode: "int", out: "out" },
  },
  close: { code: 5, doc: "close(2) a register and unset it", args: { fd: "in" } },
  closeFrom: {
    code: 6,
    doc: "close_range(2) from `first` up, with CLOSE_RANGE_CLOEXEC: whatever leaked in is gone at exec",
    args: { first: "int" },
  },
  mkdir: {
    code: 7,
    doc: "mkdirat(2) on the host; EEXIST is success and then nothing is undone",
    args: { dir: "in?", path: "str", mode: "int" },
    undo: "rmdir",
  },
  write: {
    code: 8,
    doc: "open an existing file O_WRONLY below dir (procfs, cgroupfs, sysfs) and write(2) data in one call; a short write is EIO; with dir, nothing mounted inside it and no link out of it is followed (openat2(2) RESOLVE_BENEATH|RESOLVE_NO_XDEV): EXDEV (CVE-2025-52881)",
    args: { dir: "in?", path: "str", data: "pieces" },
  },
  putFile: {
    code: 9,
    doc: "make `path` whole or not at all: write `path`.tmp (O_CREAT|O_EXCL after unlink), rename(2)",
    args: { dir: "in?", path: "str", mode: "int", data: "pieces" },
    undo: "unlink",
  },
  copyIfEmpty: {
    code: 10,
    doc: "copy the small file `from` onto `to` when `to` reads empty (cpuset.cpus and cpuset.mems of a new v1 cgroup, cpuset(7))",
    args: { dir: "in?", from: "str", to: "str" },
  },
  unlink: { code: 11, doc: "unlinkat(2); flags AT_REMOVEDIR or 0", args: { dir: "in?", path: "str", flags: "int" } },
  fchown: { code: 12, doc: "fchown(2) of a register", args: { fd: "in", uid: "int", gid: "int" } },
  checkFs: {
    code: 13,
    doc: "fstatfs(2): the descriptor's file system has magic f_type, and st_ino is `ino` unless that is 0, else EXDEV",
    args: { fd: "in", magic: "int", ino: "int" },
  },
  checkDevice: {
    code: 14,
    doc: "fstat(2): the descriptor is of type `type` (S_IFCHR, S_IFBLK) with major:minor, else ENODEV",
    args: { fd: "in", type: "int", major: "int", minor: "int" },
  },
  openPid: {
    code: 15,
    doc: "open the directory <pid> below the procfs descriptor `proc`, pid from a register",
    args: { proc: "in", pid: "in", out: "out" },
  },
  dup2: { code: 16, doc: "dup2(2) a register onto descriptor number `fd`, without close-on-exec", args: { from: "in", fd: "int" } },
  chdir: {
    code: 17,
    doc: "chdir(2), then getcwd(2) must give a path below /: a leaked descriptor as cwd is ENOENT (CVE-2024-21626); create = make missing parts first (0755)",
    args: { path: "str", create: "int" },
  },
  fchdir: { code: 18, doc: "fchdir(2)", args: { fd: "in" } },
  refuseFs: {
    code: 20,
    doc: "fstatfs(2): EXDEV when the descriptor's file system has magic f_type: what a link in an image may have led to",
    args: { fd: "in", magic: "int" },
  },
  ownStdio: {
    code: 19,
    doc: "fchown(2) descriptors 0, 1 and 2 to uid where they have another owner and are not /dev/null; EINVAL, EPERM and EROFS are let pass: not every file can be given away",
    args: { uid: "int" },
  },
  reopenNull: {
    code: 23,
    doc: "those of descriptors 0, 1 and 2 that are a null device (1:3) become the one at the O_PATH descriptor `null`, opened O_RDWR through self/fd of the procfs descriptor `proc`",
    args: { proc: "in", null: "in" },
  },
  lift: {
    code: 22,
    doc: "fcntl(2) F_DUPFD_CLOEXEC: move a register's descriptor to a number of at least `least`, out of the way of dup2, which itself keeps clear of the report's",
    args: { fd: "in", least: "int" },
  },
  writeFd: {
    code: 21,
    doc: "write(2) data to an open register in one call; a short write is EIO. The kernel checks the rights of whoever opened it",
    args: { fd: "in", data: "pieces" },
  },

  pipe: { code: 24, doc: "pipe2(2), close-on-exec", args: { read: "out", write: "out" } },
  giveStdio: {
    code: 25,
    doc: "dup2(2) the registers that are named onto descriptors 0, 1 and 2, without close-on-exec, then close and unset them: the ends of pipes that the process has",
    args: { stdin: "in?", stdout: "in?", stderr: "in?" },
  },

  readOut: {
    code: 150,
    doc: "copy the regular file `path` below root to register `to`, at its offset (sendfile(2)): opened O_PATH by openat2(2) RESOLVE_IN_ROOT, seen to be regular (else EINVAL) and of at most `most` bytes (else EFBIG), and only then opened for reading, so that no pipe or device of an image is touched",
    args: { root: "in", path: "str", to: "in", most: "int" },
  },
});
