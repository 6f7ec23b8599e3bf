// `teu create`: a container that `start` starts.
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import { createContainer } from "../../engine/containers/life/run.ts";
import { command, type Invocation, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { makeCidfile } from "./cidfile.ts";
import { draftOf } from "./run/draft.ts";
import { CREATE_FLAGS } from "./run/flags.ts";

export default command({
  name: "create",
  summary: "Create a container without starting it",
  usage: "[flags] IMAGE [COMMAND [ARG…]] | create [flags] --rootfs DIR [COMMAND [ARG…]]",
  flags: CREATE_FLAGS,
  args: { min: 0, max: Number.POSITIVE_INFINITY },
  stopAtFirstArg: true,
  examples: ["teu create --name web nginx"],
  async run(invocation) {
    try {
      return await create(invocation);
    } catch (error) {
      if (!(error instanceof TeuError) || error instanceof UsageError || error instanceof InvalidInputError) throw error;
      invocation.context.err(`teu: ${error.message}\n`);
      return FAILED;
    }
  },
});

/** docker's, of all but wrong flags. */
const FAILED = 1;

async function create(invocation: Invocation<typeof CREATE_FLAGS>): Promise<number> {
  const { flags, context } = invocation;
  const engine = engineOf(context);
  const draft = await draftOf("create", invocation, engine);
  const cidfile = flags.cidfile === undefined ? undefined : makeCidfile(flags.cidfile);
  try {
    const { id } = await createContainer(engine, draft);
    cidfile?.write(id);
    context.out(`${id}\n`);
    return 0;
  } catch (error) {
    cidfile?.drop();
    throw error;
  }
}
