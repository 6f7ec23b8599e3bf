// `teu run`: a program in a new container.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { ContainerDraft } from "../../engine/containers/life/draft.ts";
import { runContainer } from "../../engine/containers/life/run.ts";
import type { Engine } from "../../engine/engine.ts";
import { type CliContext, command, type Invocation, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { stay } from "../terminal/stay.ts";
import { draftOf } from "./run/draft.ts";
import { RUN_FLAGS } from "./run/flags.ts";

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
    "teu run -d --name web nginx                 in the background",
    "teu run -it --rm --rootfs ./bookworm bash   a shell in a directory",
    "teu run --explain hello                     the plan, without running it",
  ],
  async run(invocation) {
    const { flags, context } = invocation;
    if (flags.json === true && flags.explain !== true) throw new UsageError("--json goes with --explain");
    const engine = engineOf(context);
    const draft = await draftOf("run", invocation, engine);
    try {
      if (flags.explain === true) return await explain(engine, draft, { context, json: flags.json === true });
      if (flags.detach === true) return await (await import("./run/detached.ts")).runInBackground(engine, draft, invocation);
      return await runInForeground(engine, draft, invocation);
    } catch (error) {
      throw (await import("./run/fields.ts")).inTermsOfFlags(error, flags, draft);
    }
  },
});

/** While the launcher works: what others have left, if there can be any. */
function recoverMeanwhile(engine: Engine): void {
  const [own, ...others] = readdirSync(join(engine.root, "containers"));
  if (own !== undefined && others.length > 0)
    void import("../../engine/containers/state/recover.ts").then(({ recoverBeside }) => recoverBeside(engine));
}

async function runInForeground(engine: Engine, draft: ContainerDraft, { flags, context }: Invocation<typeof RUN_FLAGS>): Promise<number> {
  const timings = flags.timings === true ? await import("../timings.ts") : undefined;
  const cidfile = flags.cidfile === undefined ? undefined : (await import("./cidfile.ts")).makeCidfile(flags.cidfile);
  const options = {
    context,
    terminal: draft.options.terminal,
    interactive: draft.stdio.open,
    detachKeys: flags["detach-keys"],
    signals: flags["sig-proxy"] !== false,
  };
  return await stay(options, async ({ attend, ...size }) => {
    let made = false;
    try {
      return await runContainer(engine, draft, {
        ...size,
        timings: flags.timings === true,
        attend: (launched, prepared, id) => {
          attend(launched, prepared, id);
          timings?.showTimings(launched, prepared, context);
          cidfile?.write(id);
          made = true;
          recoverMeanwhile(engine);
        },
      });
    } catch (error) {
      if (!made || draft.life.remove) cidfile?.drop(); // what could not be started stays
      throw error;
    }
  });
}

async function explain(
  engine: Engine,
  draft: ContainerDraft,
  { context, json }: { readonly context: CliContext; readonly json: boolean },
): Promise<number> {
  const [{ explainPlan, planAsJson }, { explainRun }] = await Promise.all([
    import("../../kernel/plan/explain.ts"),
    import("../../engine/containers/life/run.ts"),
  ]);
  const { plan } = await explainRun(engine, draft);
  context.out(json ? `${JSON.stringify(planAsJson(plan), null, 2)}\n` : explainPlan(plan));
  return 0;
}
