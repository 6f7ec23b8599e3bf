// The op table: the one description of what the launcher can do. `tools/gen-ops.ts` makes launcher/ops.gen.h of it;
// the encoder, `explain` and the launcher's bounds checks all walk it. An op is one system call, or the smallest useful
// handful of them, with its arguments already computed. docs/plan.md tells the wire form.

/**
 * What an argument is, and so how it is encoded and checked:
 * - `in`      number of a register that an earlier op wrote; `in?` may be unset (-1 on the wire)
 * - `out`     number of a register that this op writes; `out?` may be absent
 * - `int`     64-bit integer
 * - `str`     NUL-terminated text in the blob area; `str?` may be absent
 * - `bytes`   bytes in the blob area
 * - `list`    NUL-terminated strings, in order
 * - `pieces`  bytes put together at run time from literals and register values
 * - `section` index of a section of the plan
 */
export type ArgKind = "in" | "in?" | "out" | "out?" | "int" | "str" | "str?" | "bytes" | "list" | "pieces" | "section";

export interface OpDefinition {
  /** Stable number on the wire; never reused. */
  readonly code: number;
  /** One line: the system calls, what for, and what is surprising. */
  readonly doc: string;
  /** Arguments in wire order; at most eight. */
  readonly args: Readonly<Record<string, ArgKind>>;
  /** How the launcher takes it back when a later op fails (host section only). */
  readonly undo?: "rmdir" | "unlink" | "kill" | "umount";
}

const define = <T extends Readonly<Record<string, OpDefinition>>>(table: T): T => table;

export const OPS = define({
  // -- descriptors and files ------------------------------------------------------------------------------------------
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

  // -- mounts ---------------------------------------------------------------------------------------------------------
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

  // -- trees of files -------------------------------------------------------------------------------------------------
  writeTree: {
    code: 45,
    doc: "carry out the records of kernel/tree/records.ts that come from `from` below directory `root`, whose links lead nowhere out of it; flags 1: devices that may not be made are left out, 2: syncfs(2) at the end, 4: no directory in place of another file (ENOTDIR) or the other way round (EISDIR); answers (what failed, was left out, was implied) are appended to `answers`; open files come by the socket `exchange`; a broken stream is EPROTO",
    args: { root: "in", from: "in", answers: "in", flags: "int", exchange: "in?" },
  },
  readTree: {
    code: 46,
    doc: "walk directory `root`, or what has the `name` (one part) in it, by descriptors, no link followed, names sorted by bytes, and write records to `to`; flags 1: as an overlay's upper directory (whiteouts, opaque directories, its own xattrs left out), 2: nothing that is mounted inside, 4: no contents, 8: nothing of what a directory holds, 16: of procfs and its like, and of a /dev, the mount point alone; each record says whether directory `below` has its path too; large files go open through the socket `exchange` (SCM_RIGHTS) while it takes them; an entry that fails is told in `answers`",
    args: { root: "in", name: "str?", below: "in?", to: "in", answers: "in", flags: "int", exchange: "in?" },
  },
  removeTree: {
    code: 47,
    doc: "remove `name` (one part) in `dir` and all below it by descriptors, whatever the modes and the depth; missing is success; EXDEV where something is mounted inside",
    args: { dir: "in", name: "str" },
  },

  // -- namespaces and processes ---------------------------------------------------------------------------------------
  channel: {
    code: 60,
    doc: "socketpair(2) SOCK_SEQPACKET, both ends close-on-exec: how two processes of a plan wait for each other",
    args: { a: "out", b: "out" },
  },
  clone: {
    code: 61,
    doc: "clone3(2) a process that runs `section`: CLONE_NEW* and CLONE_PARENT flags, into the v2 cgroup directory `cgroup`; pid and pidfd into registers",
    args: { section: "section", flags: "int", cgroup: "in?", pid: "out", pidfd: "out?" },
    undo: "kill",
  },
  setns: {
    code: 62,
    doc: "PR_SET_DUMPABLE 0, then setns(2) by namespace descriptor or pidfd; `types` is a CLONE_NEW* mask",
    args: { fd: "in", types: "int" },
  },
  unshare: { code: 63, doc: "unshare(2)", args: { flags: "int" } },
  signal: {
    code: 64,
    doc: "send the one-byte barrier `number` on a channel; ECHILD when the peer is gone",
    args: { channel: "in", number: "int" },
  },
  await: {
    code: 65,
    doc: "receive barrier `number` from a channel; number 255 awaits the close-on-exec end of file that means `exec worked`; an early end of file means the peer died (its own report says why)",
    args: { channel: "in", number: "int" },
  },
  sendFd: {
    code: 66,
    doc: "sendmsg(2) one descriptor with SCM_RIGHTS and `data` (at least a byte)",
    args: { channel: "in", fd: "in", data: "pieces" },
  },
  recvFd: { code: 67, doc: "recvmsg(2) one descriptor, close-on-exec", args: { channel: "in", out: "out" } },
  sendValue: { code: 68, doc: "send a register's 64-bit value on a channel", args: { channel: "in", value: "in" } },
  recvValue: { code: 69, doc: "receive a 64-bit value into a register", args: { channel: "in", out: "out" } },
  pidfdOpen: {
    code: 70,
    doc: "pidfd_open(2) of a pid register; undone only where the process is a child of this one: cloned for it with CLONE_PARENT",
    args: { pid: "in", out: "out" },
    undo: "kill",
  },
  reap: { code: 71, doc: "waitpid(2) a pid register; a status other than 0 is ECHILD", args: { pid: "in" } },
  getPid: { code: 72, doc: "getpid(2) into a register: the pid as this process's own namespace sees it", args: { out: "out" } },
  run: {
    code: 73,
    doc: "fork, execve(2) a helper or hook by absolute `path` with argv, envp and `stdin` (a file with these bytes), its stdout and stderr our stderr, in a process group of its own; wait at most `timeout` ms (0 = for ever), then SIGKILL to the group and ETIMEDOUT; exit other than 0 is ECANCELED; both leave the wait status in a `helper` record; a program that cannot be executed is execve's errno; argument number `hole` (-1 none) becomes the decimal of register `pid`",
    args: { path: "str", argv: "list", env: "list", stdin: "pieces", timeout: "int", hole: "int", pid: "in?" },
  },
  listen: {
    code: 74,
    doc: "bind(2) and listen(2) a SOCK_STREAM Unix socket `name` in directory dir, through /proc/self/fd/N so that no path is too long; mode 0600",
    args: { dir: "in", name: "str", out: "out" },
    undo: "unlink",
  },
  connect: {
    code: 75,
    doc: "connect(2) to the Unix socket at `path` (console socket, seccomp listener), by directory descriptor so that no path is too long",
    args: { path: "str", out: "out" },
  },
  acceptStart: {
    code: 76,
    doc: "accept(2) connections until one sends the byte 'S'; from then on this process reports to that connection; a peer that leaves without a byte is ignored",
    args: { listener: "in" },
  },

  // -- the process to be ----------------------------------------------------------------------------------------------
  setsid: { code: 90, doc: "setsid(2)", args: {} },
  pty: {
    code: 91,
    doc: "open `ptmx` in the devpts mount `devpts`, unlock, TIOCGPTPEER the other side, TIOCSWINSZ: no name in /dev/pts is ever opened (CVE-2025-52565)",
    args: { devpts: "in", rows: "int", cols: "int", master: "out", slave: "out" },
  },
  ctty: { code: 92, doc: "TIOCSCTTY and dup2(2) onto 0, 1, 2", args: { slave: "in" } },
  hostname: { code: 93, doc: "sethostname(2)", args: { name: "str" } },
  domainname: { code: 94, doc: "setdomainname(2)", args: { name: "str" } },
  prctl: { code: 95, doc: "prctl(2)", args: { option: "int", a: "int", b: "int", c: "int", d: "int" } },
  setgroups: { code: 96, doc: "setgroups(2) with u32 little-endian gids (may be none)", args: { gids: "bytes" } },
  setgid: { code: 97, doc: "setresgid(2), all three", args: { gid: "int" } },
  setuid: { code: 98, doc: "setresuid(2), all three", args: { uid: "int" } },
  capBound: { code: 99, doc: "PR_CAPBSET_DROP each capability up to cap_last_cap that is not in `keep`", args: { keep: "int" } },
  capSet: { code: 100, doc: "capset(2) v3", args: { effective: "int", permitted: "int", inheritable: "int" } },
  capAmbient: { code: 101, doc: "PR_CAP_AMBIENT_CLEAR_ALL, then PR_CAP_AMBIENT_RAISE each in `raise`", args: { raise: "int" } },
  rlimit: {
    code: 102,
    doc: "prlimit(2) of the process `pid`, or of this one: raising a hard limit takes CAP_SYS_RESOURCE of the host, which a child in a user namespace lacks",
    args: { pid: "in?", resource: "int", soft: "int", hard: "int" },
  },
  umask: { code: 103, doc: "umask(2), in force from `exec` on: until then it is 0 and modes are exact", args: { mask: "int" } },
  personality: { code: 104, doc: "personality(2)", args: { persona: "int" } },
  schedAttr: { code: 105, doc: "sched_setattr(2) with a struct sched_attr", args: { attr: "bytes" } },
  ioprio: { code: 106, doc: "ioprio_set(2) of this process", args: { value: "int" } },
  affinity: { code: 107, doc: "sched_setaffinity(2) of this process with a little-endian CPU mask", args: { mask: "bytes" } },
  keyring: {
    code: 108,
    doc: "keyctl(2) KEYCTL_JOIN_SESSION_KEYRING, then KEYCTL_SETPERM so that the container's user may search it",
    args: { name: "str" },
  },
  mempolicy: { code: 109, doc: "set_mempolicy(2) with mode|flags and a little-endian node mask", args: { mode: "int", nodes: "bytes" } },
  seccomp: {
    code: 110,
    doc: "seccomp(2) SECCOMP_SET_MODE_FILTER with a BPF program; with SECCOMP_FILTER_FLAG_NEW_LISTENER the notify descriptor into `listener`",
    args: { flags: "int", program: "bytes", listener: "out?" },
  },
  exec: {
    code: 111,
    doc: "execve(2) the first of `candidates` that is there and may be executed (execvp's rules, the PATH already split): argv, envp; ENOENT and ENOTDIR go on, EACCES is kept",
    args: { candidates: "list", argv: "list", env: "list" },
  },
  init: {
    code: 113,
    doc: "fork(2): the child goes on with the next op, in a process group of its own, the foreground one where descriptor 0 is the terminal of its session; this process stays as `init`: it reaps what ends, forwards signals to the child, and exits with its status (128 + signal)",
    args: {},
  },
  deviceProgram: {
    code: 112,
    doc: "bpf(2) BPF_PROG_LOAD of a cgroup device program and BPF_PROG_ATTACH to a v2 cgroup; replace = detach those attached before, after",
    args: { cgroup: "in", program: "bytes", replace: "int" },
  },

  // -- network --------------------------------------------------------------------------------------------------------
  netlink: {
    code: 130,
    doc: "send netlink messages on a fresh socket of `protocol` in this network namespace and check the acknowledgement of each of `acks` messages; the kernel's extended text goes into the report",
    args: { protocol: "int", messages: "pieces", acks: "int" },
  },
  netlinkDump: {
    code: 131,
    doc: "send one netlink request for a dump and append the messages of the answer, up to NLMSG_DONE, to the open file `to`; a table that changed meanwhile (NLM_F_DUMP_INTR) is EINTR",
    args: { protocol: "int", request: "pieces", to: "in" },
  },

  // -- the launcher itself --------------------------------------------------------------------------------------------
  report: {
    code: 140,
    doc: "append a record of `kind` with a register's value to the report: how TypeScript learns a pid",
    args: { kind: "int", value: "in?" },
  },
  monitor: {
    code: 141,
    doc: "the last op of a host section that stays: hold stdio, terminal and exit status of process `pid`/`pidfd` until it ends, forward signals, serve attach clients on `listener` and the first one on `client`, all other descriptors closed and 0, 1, 2 on /dev/null; then putFile `exit` in dir (`exited 3`, `signaled 9`, `signaled 11 core`) and run `onExit`, with `attended` only where the process that started the launcher is gone",
    args: { pid: "in", pidfd: "in", pty: "in?", listener: "in?", client: "in?", dir: "in?", onExit: "list", attended: "int" },
  },
  monitorStreams: {
    code: 143,
    doc: "before `monitor`: the ends of pipes that it is to hold, `stdin` to write what clients send, `stdout` and `stderr` to read; `tee` 1: what comes from stdout (or the terminal) is also written to descriptor 1, 2: what comes from stderr to descriptor 2",
    args: { stdin: "in?", stdout: "in?", stderr: "in?", tee: "int" },
  },
  monitorLog: {
    code: 144,
    doc: "before `monitor`: opens the log that output is written to. `driver` 1 (json-file) and 2 (local): the file `name` in `dir`, O_APPEND, rotated at `maxSize` bytes (0: never) to `name`.1 and so on, `maxFiles` in all, after which `onRotate` is executed and not waited for; 3 (journald): the datagram socket at path `name`. `fields`: of journald, NAME=value of every entry; of json-file, at most one, the JSON of `attrs`",
    args: { driver: "int", dir: "in?", name: "str", maxSize: "int", maxFiles: "int", onRotate: "list", fields: "list" },
  },
  raise: { code: 142, doc: "kill(2) oneself: how the fault tests stop a plan at every op", args: { signal: "int" } },
});

export type OpName = keyof typeof OPS;

/** Largest register number is REGISTERS - 1; -1 on the wire means unset. */
export const REGISTERS = 256;

/** Longest op argument list; fixes the size of an encoded op. */
export const MAX_ARGS = 8;

/** Version of the wire form; the launcher refuses any other. */
export const PLAN_VERSION = 1;
