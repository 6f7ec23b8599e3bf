// `teu run`: a program in a new container.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../../engine/engine.ts";
import { HELLO, HELLO_ARGS, helloRootfs } from "../../engine/hello.ts";
import { explainRun, run } from "../../engine/run.ts";
import type { RunRequest } from "../../engine/run-request.ts";
import type { Launched } from "../../kernel/launch/launcher.ts";
import type { Prepared } from "../../kernel/state/prepared.ts";
import { type CliContext, command, type Invocation, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { holdSignals } from "../signals.ts";
import { RUN_FLAGS } from "./run/flags.ts";
import { type FlagOptions, readRunFlags } from "./run/options.ts";
import { directoryContainer } from "./run-directory.ts";

const ID_BYTES = 32;

export default command({
  name: "run",
  summary: "Run a program in a new container",
  usage: "[flags] IMAGE [COMMAND [ARG…]] | run [flags] --rootfs DIR [COMMAND [ARG…]]",
  flags: RUN_FLAGS,
  args: { min: 0, max: Number.POSITIVE_INFINITY },
  stopAtFirstArg: true,
  examples: [
    "teu run hello                               the embedded image: shows what isolates it",
    "teu run --rm debian cat /etc/os-release     a program in an image, pulled when it is not there",
    "teu run -it --rm --rootfs ./bookworm bash   a shell in a directory",
    "teu run --explain hello                     the plan, without running it",
  ],
  async run(invocation) {
    const { flags, context } = invocation;
    const engine = engineOf(context);
    const request = await requestOf(invocation, engine);
    try {
      if (flags.explain === true) return await explain(engine, request, { context, json: flags.json === true });
      return await runInForeground(engine, request, invocation);
    } catch (error) {
      throw (await import("./run/fields.ts")).inTermsOfFlags(error, flags, mountsBefore(request));
    }
  },
});

/** While the launcher works: what others have left, if there can be any. */
function sweepMeanwhile(engine: Engine): void {
  const [own, ...others] = readdirSync(join(engine.root, "containers"));
  if (own !== undefined && others.length > 0) void import("../../engine/leftovers.ts").then(({ sweepLeftovers }) => sweepLeftovers(engine));
}

/** Mounts of the configuration that stand between those of every container and the volumes that were asked for. */
function mountsBefore({ container, image }: RunRequest): number {
  return (image?.volumes.length ?? 0) + (container.tmpfs?.length ?? 0);
}

async function runInForeground(engine: Engine, request: RunRequest, { flags, context }: Invocation<typeof RUN_FLAGS>): Promise<number> {
  const timings = request.timings ? await import("../timings.ts") : undefined;
  const cidfile = flags.cidfile === undefined ? undefined : (await import("./cidfile.ts")).makeCidfile(flags.cidfile);
  const signals = flags["sig-proxy"] !== false;
  const attend = (launched: Launched, prepared: Prepared) => {
    timings?.showTimings(launched, prepared, context);
    cidfile?.write(request.id);
    if (request.image !== undefined) sweepMeanwhile(engine);
  };
  const held = signals && !request.container.terminal ? holdSignals({ terminal: false }) : undefined;
  try {
    if (request.container.terminal) {
      const { runInTerminal } = await import("../terminal/run-terminal.ts");
      return await runInTerminal(engine, request, { context, detachKeys: flags["detach-keys"], signals, attend });
    }
    return await run(engine, request, (launched, prepared) => {
      held?.handTo(launched);
      attend(launched, prepared);
    });
  } catch (error) {
    cidfile?.drop();
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

/** Everything is checked before anything is pulled or made. */
async function requestOf({ flags, args, context }: Invocation<typeof RUN_FLAGS>, engine: Engine): Promise<RunRequest> {
  const [name] = args;
  if (flags.rootfs === undefined && name === undefined) throw new UsageError("run needs an image, or --rootfs DIR; see teu run --help");
  if (flags.json === true && flags.explain !== true) throw new UsageError("--json goes with --explain");
  const asked = readRunFlags(flags, context);
  const made = await containerOf({ flags, args, context }, { engine, asked });
  const remove = flags.rm === true || made.demo;
  return {
    id: flags.name ?? crypto.getRandomValues(new Uint8Array(ID_BYTES)).toHex(),
    container: made.container,
    user: made.user,
    ...(made.image === undefined ? {} : { image: made.image }),
    seccomp: flags["security-opt"]?.includes("seccomp=unconfined") === true || flags.privileged === true ? "unconfined" : "default",
    interactive: flags.interactive === true,
    remove,
    timings: flags.timings === true,
    onExit: made.container.terminal && remove ? [context.self, "internal", "exited", engine.runRoot, engine.root] : [],
  };
}

type Made = Pick<RunRequest, "container" | "user" | "image"> & { readonly demo: boolean };

/** `hello` is a demonstration: of one shared read-only directory, so that there is nothing to keep of its container. */
async function containerOf(
  { flags, args, context }: Invocation<typeof RUN_FLAGS>,
  { engine, asked }: { readonly engine: Engine; readonly asked: FlagOptions },
): Promise<Made> {
  const [name = "", ...words] = args;
  if (asked.rootfs !== undefined) {
    const target = { rootfs: asked.rootfs, args, readonlyRoot: false };
    return { ...directoryContainer(target, { flags, asked }), demo: false };
  }
  if (name === HELLO) {
    const target = { rootfs: helloRootfs(engine), args: [...HELLO_ARGS, ...words], readonlyRoot: true };
    return { ...directoryContainer(target, { flags, asked }), demo: true };
  }
  const { imageContainer } = await import("./run-image.ts");
  return { ...(await imageContainer(engine, context, { name, args: words, flags, asked })), demo: false };
}
