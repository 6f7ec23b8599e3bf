// Ops on the process that becomes the program: what it is, and what it may.
import { define } from "./definition.ts";

export const PROGRAM_OPS = define({
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
});
