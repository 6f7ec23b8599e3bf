// Ops of the launcher itself: what it reports, and what it goes on doing as a monitor.
import { define } from "./definition.ts";

export const LAUNCHER_OPS = define({
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
  hold: {
    code: 145,
    doc: "the last op of a section that only has to be there, as `name` (PR_SET_NAME): 0, 1 and 2 on /dev/null, all other descriptors closed, until a signal ends it",
    args: { name: "str" },
  },
  keep: { code: 146, doc: "before `monitor`: a descriptor that it is not to close, though it has no use for it", args: { fd: "in" } },
  guard: {
    code: 147,
    doc: "the last op of a host section: stay with the server `pidfd` that `section` has started until it exits, or the signal `unless` kills it; one that another signal kills is started again. At each byte that it sends to `asks`, which is answered by one, pidfd_getfd(2) of what it listens on: pairs of a datagram and a stream socket of one address and port, which stay open between one server and the next",
    args: { pidfd: "in", asks: "in", section: "section", unless: "int" },
  },
  passSockets: {
    code: 148,
    doc: "in a section that `guard` starts: dup2(2) of the pairs that it holds, without close-on-exec, onto `from`, `from` + 1 and so on; the datagram socket first",
    args: { from: "int" },
  },
  raise: { code: 142, doc: "kill(2) oneself: how the fault tests stop a plan at every op", args: { signal: "int" } },
});
