// Ops on namespaces and processes, and how two processes of a plan wait for each other.
import { define } from "./definition.ts";

export const PROCESS_OPS = define({
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
  outerUser: {
    code: 77,
    doc: "ioctl_ns(2) NS_GET_PARENT, from the user namespace `fd` outwards, to the one whose parent is this process's own; EPERM where there is none",
    args: { fd: "in", out: "out" },
  },
  acceptStart: {
    code: 76,
    doc: "accept(2) connections until one sends the byte 'S'; from then on this process reports to that connection; a peer that leaves without a byte is ignored",
    args: { listener: "in" },
  },
});
