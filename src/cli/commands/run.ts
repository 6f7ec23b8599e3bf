// `teu run`: a program in a new container.
import { HELLO, HELLO_ARGS, helloRootfs } from "../../engine/hello.ts";
import { explainRun, type RunRequest, run } from "../../engine/run.ts";
import { command, type Invocation, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { forwardSignals } from "../signals.ts";
import { containerOptions, RUN_FLAGS } from "./run-options.ts";

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
    const request = requestOf(invocation);
    const { flags, context } = invocation;
    const engine = engineOf(context);
    if (flags.explain === true) {
      const { explainPlan, planAsJson } = await import("../../kernel/plan/explain.ts");
      const { plan } = explainRun(engine, request);
      context.out(flags.json === true ? `${JSON.stringify(planAsJson(plan), null, 2)}\n` : explainPlan(plan));
      return 0;
    }
    if (request.container.terminal)
      return (await import("../terminal/run-terminal.ts")).runInTerminal(engine, request, context, flags["detach-keys"]);
    const timings = request.timings ? await import("../timings.ts") : undefined;
    return run(engine, request, (launched, compiled) => {
      if (flags["sig-proxy"] !== false) forwardSignals(launched);
      void timings?.showTimings(launched, compiled, context);
    });
  },
});

function requestOf({ flags, args, context }: Invocation<typeof RUN_FLAGS>): RunRequest {
  const id = crypto.getRandomValues(new Uint8Array(ID_BYTES)).toHex();
  const [image] = args;
  const named = flags.rootfs === undefined;
  if (named && image === undefined) throw new UsageError("run needs --rootfs DIR, or the image hello; see teu run --help");
  if (named && image !== HELLO)
    throw new UsageError(`image ${image} is not known: this build has only hello; a directory is given by --rootfs`);
  if (flags.json === true && flags.explain !== true) throw new UsageError("--json goes with --explain");
  const engine = engineOf(context);
  const container = containerOptions(flags, {
    id,
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
    onExit: container.terminal && remove ? [context.self, "internal", "exited", flags.name ?? id] : [],
  };
}
