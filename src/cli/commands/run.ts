// `teu run`: a program in a new container.
import type { Engine } from "../../engine/engine.ts";
import { HELLO, HELLO_ARGS, helloRootfs } from "../../engine/hello.ts";
import { explainRun, run } from "../../engine/run.ts";
import type { RunRequest } from "../../engine/run-request.ts";
import type { Launched } from "../../kernel/launch/launcher.ts";
import type { Prepared } from "../../kernel/state/prepared.ts";
import { type CliContext, command, type Invocation, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { holdSignals } from "../signals.ts";
import { RUN_FLAGS } from "./run-flags.ts";
import { containerOptions } from "./run-options.ts";

const ID_BYTES = 32;

export default command({
  name: "run",
  summary: "Run a program in a new container",
  usage: "[flags] hello | run [flags] --rootfs DIR [COMMAND [ARG…]]",
  flags: RUN_FLAGS,
  args: { min: 0, max: Number.POSITIVE_INFINITY },
  stopAtFirstArg: true,
  examples: [
    "teu run hello                               the embedded image: shows what isolates it",
    "teu run -it --rm --rootfs ./bookworm bash   a shell in a directory",
    "teu run --explain hello                     the plan, without running it",
  ],
  async run(invocation) {
    const { flags, context } = invocation;
    const engine = engineOf(context);
    const request = requestOf(invocation, engine);
    try {
      if (flags.explain === true) return await explain(engine, request, { context, json: flags.json === true });
      return await runInForeground(engine, request, invocation);
    } catch (error) {
      throw (await import("./run-fields.ts")).inTermsOfFlags(error, flags);
    }
  },
});

async function runInForeground(engine: Engine, request: RunRequest, { flags, context }: Invocation<typeof RUN_FLAGS>): Promise<number> {
  const timings = request.timings ? await import("../timings.ts") : undefined;
  const signals = flags["sig-proxy"] !== false;
  const attend = (launched: Launched, prepared: Prepared) => void timings?.showTimings(launched, prepared, context);
  if (request.container.terminal) {
    const { runInTerminal } = await import("../terminal/run-terminal.ts");
    return runInTerminal(engine, request, { context, detachKeys: flags["detach-keys"], signals, attend });
  }
  const held = signals ? holdSignals({ terminal: false }) : undefined;
  try {
    return await run(engine, request, (launched, prepared) => {
      held?.handTo(launched);
      attend(launched, prepared);
    });
  } catch (error) {
    const signal = held?.ending();
    if (signal === undefined) throw error;
    return 128 + signal; // who ends a run while it is being set up needs no telling that it did not get further
  }
}

async function explain(
  engine: Engine,
  request: RunRequest,
  { context, json }: { readonly context: CliContext; readonly json: boolean },
): Promise<number> {
  const { explainPlan, planAsJson } = await import("../../kernel/plan/explain.ts");
  const { plan } = await explainRun(engine, request);
  context.out(json ? `${JSON.stringify(planAsJson(plan), null, 2)}\n` : explainPlan(plan));
  return 0;
}

function requestOf({ flags, args, context }: Invocation<typeof RUN_FLAGS>, engine: Engine): RunRequest {
  const id = crypto.getRandomValues(new Uint8Array(ID_BYTES)).toHex();
  const [image] = args;
  const named = flags.rootfs === undefined;
  if (named && image === undefined) throw new UsageError("run needs --rootfs DIR, or the image hello; see teu run --help");
  if (named && image !== HELLO)
    throw new UsageError(`image ${image} is not known: this build has only hello; a directory is given by --rootfs`);
  if (flags.json === true && flags.explain !== true) throw new UsageError("--json goes with --explain");
  const container = containerOptions(flags, {
    rootfs: flags.rootfs ?? helloRootfs(engine),
    args: named ? [...HELLO_ARGS, ...args.slice(1)] : args,
    readonlyRoot: named,
  });
  const remove = flags.rm === true || named;
  return {
    id: flags.name ?? id,
    container,
    seccomp: flags["security-opt"]?.includes("seccomp=unconfined") === true || flags.privileged === true ? "unconfined" : "default",
    interactive: flags.interactive === true,
    remove,
    timings: flags.timings === true,
    onExit: container.terminal && remove ? [context.self, "internal", "exited", engine.runRoot] : [],
  };
}
