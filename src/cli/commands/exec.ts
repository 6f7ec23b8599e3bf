// `teu exec`: one more process in a running container.
import { type ErrorCode, InvalidInputError, TeuError } from "../../base/errors.ts";
import type { ContainerRow } from "../../containers/state/rows.ts";
import { execInContainer, type RunningExec } from "../../engine/containers/exec/exec.ts";
import type { ExecAsk } from "../../engine/containers/exec/process.ts";
import { findContainer } from "../../engine/containers/find.ts";
import type { Engine } from "../../engine/engine.ts";
import { command, type Flags, type Invocation, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { holdSignals } from "../signals.ts";
import { parseDetachKeys } from "../terminal/detach-keys.ts";
import { Problems } from "./flag-problems.ts";
import { environmentOf } from "./run/values.ts";

// biome-ignore format: table
const FLAGS = {
  detach:        { type: "boolean", short: "d", summary: "Return once the program runs" },
  "detach-keys": { type: "string", value: "KEYS", summary: "Keys that leave the terminal and let the program run (ctrl-p,ctrl-q)" },
  env:           { type: "string", short: "e", multiple: true, value: "NAME[=VALUE]", summary: "Set an environment variable; a name alone takes the caller's" },
  "env-file":    { type: "string", multiple: true, value: "FILE", completes: "files", summary: "Set environment variables, one a line" },
  interactive:   { type: "boolean", short: "i", summary: "Keep standard input open" },
  privileged:    { type: "boolean", summary: "Give the program all capabilities" },
  "sig-proxy":   { type: "boolean", summary: "Hand signals on to the program (true; --sig-proxy=false ends this command alone)" },
  timings:       { type: "boolean", summary: "Print what each phase and the slowest ops took, when it has ended" },
  tty:           { type: "boolean", short: "t", summary: "Give the program a terminal" },
  user:          { type: "string", short: "u", value: "USER[:GROUP]", summary: "Who the program runs as, by names or numbers of the container" },
  workdir:       { type: "string", short: "w", value: "DIR", summary: "The program's working directory" },
} as const satisfies Flags;

/** docker's, of what is wrong with the container; 126 and 127 are the program's. */
const FAILED = 1;

export default command({
  name: "exec",
  summary: "Run a program in a running container",
  usage: "[flags] CONTAINER COMMAND [ARG…]",
  flags: FLAGS,
  args: { min: 2, max: Number.POSITIVE_INFINITY, completes: "containers" },
  stopAtFirstArg: true,
  failed: FAILED,
  examples: [
    "teu exec -it web sh                     a shell in a container",
    "teu exec -u nobody -w /tmp web id       as somebody else, somewhere else",
  ],
  async run({ flags, args: [name = "", ...args], context }) {
    const ask = askOf(args, { flags, context });
    const engine = engineOf(context);
    const row = findContainer(engine, name);
    try {
      checkWorkdir(flags.workdir);
      return await exec(engine, { row, ask }, { flags, context });
    } catch (error) {
      const status = error instanceof TeuError ? STATUS[error.code] : undefined;
      if (status === undefined || !(error instanceof TeuError) || error instanceof UsageError) throw error;
      context.err(`teu: ${inTermsOfFlags(error.message, flags)}\n`);
      return status;
    }
  },
});

/** What kept the program from running: docker's numbers. */
const STATUS: { readonly [C in ErrorCode]?: number } = {
  "command-not-found": 127,
  "command-not-executable": 126,
  kernel: 126,
  invalid: 126,
};

/** The field of the process that a flag has set is told as the flag. */
function inTermsOfFlags(message: string, { workdir }: Called["flags"]): string {
  return workdir === undefined ? message : message.replace(/\bprocess\.cwd(?=:)/, "--workdir");
}

interface Target {
  readonly row: ContainerRow;
  readonly ask: ExecAsk;
}

type Called = Pick<Invocation<typeof FLAGS>, "flags" | "context">;

async function exec(engine: Engine, { row, ask }: Target, { flags, context }: Called): Promise<number> {
  const detached = flags.detach === true;
  const signals = flags["sig-proxy"] !== false;
  const timings = flags.timings === true ? await import("../timings.ts") : undefined;
  const begin = (asked: ExecAsk, attend: (exec: RunningExec) => void) =>
    execInContainer(engine, row, asked, {
      detached,
      stdio: [asked.interactive ? "inherit" : "ignore", "inherit", "inherit"],
      timings: timings !== undefined,
      attend: (exec) => {
        attend(exec);
        timings?.showExecTimings(exec, context);
      },
    });
  if (detached) return begin(ask, () => undefined);
  if (ask.terminal) {
    const { inTerminal } = await import("../terminal/in-terminal.ts");
    const farewell = "read escape sequence\n";
    const options = { context, interactive: ask.interactive, detachKeys: flags["detach-keys"], signals, farewell };
    return inTerminal(options, ({ show, ...size }) => begin({ ...ask, ...size }, ({ launched }) => show(launched)));
  }
  const held = signals ? holdSignals({ terminal: false }) : undefined;
  return begin(ask, ({ launched }) => held?.handTo(launched));
}

/** What docker leaves to the runtime, and so to the program's exit status. */
function checkWorkdir(path: string | undefined): void {
  if (path !== undefined && !path.startsWith("/"))
    throw new InvalidInputError("the command line", [{ field: "--workdir", message: `${JSON.stringify(path)} is not an absolute path` }]);
}

/** @throws InvalidInputError with everything that is wrong with the flags' values */
function askOf(args: readonly string[], { flags, context }: Called): ExecAsk {
  const problems = new Problems();
  const { user, workdir } = flags;
  const keys = flags["detach-keys"];
  if (keys !== undefined) problems.take("--detach-keys", () => parseDetachKeys(keys));
  const env = environmentOf(flags, context.env, problems);
  problems.conclude();
  return {
    args,
    env,
    ...(user === undefined || user === "" ? {} : { user }),
    ...(workdir === undefined ? {} : { workdir }),
    privileged: flags.privileged === true,
    terminal: flags.tty === true,
    interactive: flags.interactive === true,
  };
}
