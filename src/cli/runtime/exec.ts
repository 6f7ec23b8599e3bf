// `teu-runtime exec`.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";
import { execInContainer } from "../../kernel/state/exec.ts";
import { FIRST_EXEC_FD } from "../../kernel/state/exec-options.ts";
import { parseProcess } from "../../spec/runtime/parse.ts";
import { UsageError } from "../command.ts";
import { forwardSignals } from "../signals.ts";
import { listenFds } from "./activation.ts";
import { count } from "./create-options.ts";
import { EXEC_PROCESS_FLAGS, execProcess } from "./exec-process.ts";
import { PROCESS_FLAGS, verb } from "./verb.ts";

/** What runc exits with when the program did not run: told apart from nearly every status of the program itself. */
const EXEC_FAILED = 255;

export default verb({
  name: "runtime exec",
  summary: "Run a program in a running container",
  usage: "[flags] ID COMMAND [ARG…]",
  flags: {
    ...PROCESS_FLAGS,
    ...EXEC_PROCESS_FLAGS,
    process: {
      type: "string",
      short: "p",
      value: "FILE",
      summary: "File with a process object of config.json; the other flags but these are not for it",
    },
    detach: { type: "boolean", short: "d", summary: "Return once the program runs" },
    cgroup: { type: "string", multiple: true, value: "[CTRL:]PATH", summary: "Put it into this cgroup below the container's" },
    "ignore-paused": { type: "boolean", summary: "Begin in a paused container too; the program runs when the container is resumed" },
  },
  args: { min: 1, max: Number.POSITIVE_INFINITY },
  stopAtFirstArg: true,
  failed: EXEC_FAILED,
  async run({ flags, args: [id = "", ...args], runtime, context }) {
    const file = flags.process;
    if (file === undefined && args.length === 0) throw new UsageError("exec: neither a command nor --process is given");
    const text = file === undefined ? undefined : readProcessFile(file);
    const socket = flags["console-socket"];
    if (socket !== undefined && flags.detach !== true)
      throw new UsageError("--console-socket is for --detach: in the foreground the terminal is this one");
    const pidFile = flags["pid-file"];
    const listen = listenFds(context);
    const preserveFds = count(flags["preserve-fds"], "--preserve-fds") + listen;
    const wanted = flags.tty === true || (text !== undefined && parseProcess(text).process.terminal === true);
    const terminal = wanted && flags.detach !== true ? (await import("../terminal/foreground.ts")).foregroundTerminal() : undefined;
    const client = terminal === undefined ? {} : { clientFd: FIRST_EXEC_FD + preserveFds };
    try {
      return await execInContainer(runtime, {
        id,
        process: (own) => execProcess({ own, flags, args, text, listen, warn: runtime.warn }),
        keeper: flags.detach === true ? "detach" : "monitor",
        monitor: { onExit: [], writesExit: false, ...client },
        preserveFds,
        cgroups: flags.cgroup ?? [],
        ignorePaused: flags["ignore-paused"] === true,
        ...(socket === undefined ? {} : { console: { kind: "socket", path: resolve(socket) } }),
        ...(terminal === undefined ? {} : { console: { kind: "monitor" } }),
        ...(pidFile === undefined ? {} : { pidFile: resolve(pidFile) }),
        attend: terminal?.attend ?? forwardSignals,
      });
    } finally {
      await terminal?.shown();
    }
  },
});

function readProcessFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new TeuError("not-found", `read ${path}: --process: ${reasonOf(cause)}`, { cause });
  }
}
