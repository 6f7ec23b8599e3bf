// `run -d`: the id of the container is printed once its program runs, or cannot.
import type { ContainerDraft } from "../../../engine/containers/life/draft.ts";
import { runDetached } from "../../../engine/containers/life/run.ts";
import { recoverBeside } from "../../../engine/containers/state/recover.ts";
import type { Engine } from "../../../engine/engine.ts";
import { type Invocation, UsageError } from "../../command.ts";
import { notifySystemd } from "../../systemd-notify.ts";
import { makeCidfile } from "../cidfile.ts";
import type { RUN_FLAGS } from "./flags.ts";

export async function runInBackground(
  engine: Engine,
  draft: ContainerDraft,
  { flags, context }: Pick<Invocation<typeof RUN_FLAGS>, "flags" | "context">,
): Promise<number> {
  if (flags.timings === true) throw new UsageError("--timings is told when the container has ended: it does not go with --detach");
  const cidfile = flags.cidfile === undefined ? undefined : makeCidfile(flags.cidfile);
  let made: string | undefined;
  try {
    const { id } = await runDetached(engine, draft, (named) => {
      made = named.id;
      cidfile?.write(named.id);
    });
    context.out(`${id}\n`);
    await notifySystemd(engine, id, context);
  } catch (error) {
    // As in docker what could not be started stays, and can be asked for why.
    const stays = made !== undefined && !draft.life.remove;
    if (stays) context.out(`${made}\n`);
    else cidfile?.drop();
    throw error;
  }
  await recoverBeside(engine);
  return 0;
}
