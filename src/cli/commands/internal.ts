// `teu internal …`: commands that teu's own processes run; not for people. Monitors and launch plans have no environment, so that they are
// told the roots of their engine.
import type { Engine } from "../../engine/engine.ts";
import { type CliContext, command, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";

interface Call {
  readonly context: CliContext;
  readonly args: readonly string[];
}

interface Verb {
  readonly usage: string;
  run(call: Call): Promise<number>;
}

/** The engine of the first two arguments, RUN-ROOT and ROOT, and the argument after them. */
async function withRoots(
  { context, args: [runRoot = "", root = "", rest = ""] }: Call,
  work: (engine: Engine, rest: string) => Promise<unknown>,
) {
  await work(engineOf({ ...context, env: { ...context.env, TEU_RUN_ROOT: runRoot, TEU_ROOT: root } }), rest);
  return 0;
}

const VERBS: Readonly<Record<string, Verb>> = {
  /** By the monitor of a container that has ended, where nobody who started it is there any more. */
  exited: {
    usage: "exited RUN-ROOT ROOT ID",
    run: (call) => withRoots(call, async (engine, id) => (await import("../../engine/containers/state/settle.ts")).settle(engine, id)),
  },
  /** By whoever has written a duty: does what is due, and ends when there is nothing left. */
  supervise: {
    usage: "supervise RUN-ROOT ROOT",
    run: (call) => withRoots(call, async (engine) => (await import("../../engine/supervisor/run.ts")).runSupervisor(engine)),
  },
  /** By whoever has attached a container to a network with names: answers its questions, and ends when no such container runs. */
  dns: {
    usage: "dns RUN-ROOT ROOT [RESOLVER]",
    run: (call) => withRoots(call, async (engine, resolver) => (await import("../../engine/dns/run.ts")).runNameServer(engine, resolver)),
  },
  /** By the launcher that finds no tables to publish a container's ports in. */
  firewall: {
    usage: "firewall RUN-ROOT ROOT",
    run: (call) => withRoots(call, async (engine) => (await import("../../engine/networks/host/firewall.ts")).remakeFirewall(engine)),
  },
  /** The same of an exec. */
  "exec-exited": {
    usage: "exec-exited RUN-ROOT ROOT ID",
    run: (call) =>
      withRoots(call, async (engine, id) => (await import("../../engine/containers/exec/settle.ts")).settleExecsOf(engine, id)),
  },
  /** By a monitor that has begun a new file of its container's log. */
  rotated: {
    usage: "rotated PATH",
    run: async ({ args: [path = ""] }) => {
      await (await import("../../containers/logs/pack.ts")).packRotated(path);
      return 0;
    },
  },
  /** By a launch plan: systemd is to make the scope whose description is on stdin. */
  "systemd-scope": {
    usage: "systemd-scope",
    run: async () => (await import("../runtime/systemd.ts")).makeScope(),
  },
  /** By a launch plan: the container whose state is on stdin gets its own way out. */
  "private-network": {
    usage: "private-network RUN-ROOT ROOT REQUEST",
    run: (call) =>
      withRoots(call, async (engine, request) => {
        const { joinPrivate } = await import("../../engine/networks/rootless/private.ts");
        await joinPrivate(engine, JSON.parse(request), JSON.parse(await Bun.stdin.text()));
      }),
  },
  /** A layer's tar, packed or not, into a directory, which the bench holds against tar(1). */
  unpack: {
    usage: "unpack LAYER DIRECTORY",
    run: async ({ context, args: [layer = "", directory = ""] }) =>
      (await import("../../engine/images/unpack-alone.ts")).unpackAlone(engineOf(context), layer, directory),
  },
};

export default command({
  name: "internal",
  summary: "Commands that teu runs itself",
  usage: Object.values(VERBS)
    .map(({ usage }) => usage)
    .join(" | "),
  flags: {},
  args: { min: 1, max: 4 },
  run({ args: [what = "", ...args], context }) {
    const verb = VERBS[what];
    if (verb === undefined) throw new UsageError(`internal ${what} is not known`);
    return verb.run({ context, args });
  },
});
