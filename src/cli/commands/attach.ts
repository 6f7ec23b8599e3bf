// `teu attach`: to the terminal, or the three streams, of a container that runs.
import { closeSync, constants, openSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import type { ContainerRow } from "../../containers/state/rows.ts";
import { findContainer } from "../../engine/containers/find.ts";
import { recordContainerEvent } from "../../engine/containers/state/record-event.ts";
import { type ViewStatus, viewOf } from "../../engine/containers/view.ts";
import type { Engine } from "../../engine/engine.ts";
import { ATTACH_SOCKET } from "../../kernel/compile/keeper.ts";
import { containerDir } from "../../kernel/state/record.ts";
import { command, type Flags, type Invocation, UsageError } from "../command.ts";
import { engineOf } from "../engine.ts";
import { holdSignals } from "../signals.ts";
import { type AttachOptions, attach } from "../terminal/attach-client.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "../terminal/detach-keys.ts";
import { isTerminal } from "../terminal/tty.ts";

const FLAGS = {
  "detach-keys": { type: "string", value: "KEYS", summary: "Keys that leave the terminal and let the container run (ctrl-p,ctrl-q)" },
  "no-stdin": { type: "boolean", summary: "Only watch" },
  "sig-proxy": { type: "boolean", summary: "Hand signals on to the container (true; --sig-proxy=false keeps them)" },
} as const satisfies Flags;

export default command({
  name: "attach",
  summary: "Show the output of a running container, and give it input",
  usage: "[flags] CONTAINER",
  flags: FLAGS,
  args: { min: 1, max: 1, completes: "containers" },
  failed: 1,
  async run({ flags, args: [text = ""], context }) {
    const engine = engineOf(context);
    return await attachHere(engine, findContainer(engine, text), { flags, context });
  },
});

/** Stays with a container that runs. @returns the container's exit status; 0 when it was left with the detach keys */
export async function attachHere(
  engine: Engine,
  row: ContainerRow,
  { flags, context }: Pick<Invocation<typeof FLAGS>, "flags" | "context">,
): Promise<number> {
  const { options, stdio } = row.document;
  const { terminal } = options;
  const detachKeys = parseDetachKeys(flags["detach-keys"] ?? stdio.detachKeys ?? DEFAULT_DETACH_KEYS);
  checkAttachable(row, viewOf(engine, row).status);
  const interactive = flags["no-stdin"] !== true && stdio.open;
  if (interactive && terminal && !isTerminal(0))
    throw new UsageError("the input device is not a TTY: the container has a terminal; --no-stdin only watches");
  engine.state.write((db) => recordContainerEvent(engine, db, row, "attach"));
  const end = await attachTo(row, containerDir(engine.runtime.root, row.id), {
    detachKeys,
    terminal,
    redraw: terminal,
    interactive,
    // Who made it with -d and -i wants its input kept open for whoever comes next.
    endsInput: terminal || stdio.attach.includes("stdin"),
    ...(flags["sig-proxy"] === false ? {} : { signals: holdSignals({ terminal }) }),
  });
  if (end.how === "detached") {
    engine.state.write((db) => recordContainerEvent(engine, db, row, "detach"));
    context.err("\n");
  }
  if (end.how !== "ended") return end.how === "detached" ? 0 : HUNG_UP;
  if (end.status === undefined) throw new TeuError("conflict", `attach to container ${row.name}: its monitor has gone`);
  return process.exit(end.status); // a reader that waits for input would keep this process
}

/** 128 + SIGHUP. */
const HUNG_UP = 129;

/** docker's words. */
const REFUSED: Partial<Record<ViewStatus, string>> = {
  paused: "you cannot attach to a paused container, unpause it first",
  restarting: "you cannot attach to a restarting container, wait until it is running",
};

function checkAttachable({ name }: ContainerRow, status: ViewStatus): void {
  const refused = status === "running" ? undefined : (REFUSED[status] ?? "you cannot attach to a stopped container, start it first");
  if (refused !== undefined) throw new TeuError("conflict", `attach to container ${name}: ${refused}`);
}

async function attachTo({ name }: ContainerRow, dir: string, options: Omit<AttachOptions, "monitor">) {
  // Through a descriptor: the path may be too long for a socket's address (unix(7)).
  const dirFd = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return await attach({ ...options, monitor: { unix: `/proc/self/fd/${dirFd}/${ATTACH_SOCKET}` } });
  } catch (cause) {
    throw new TeuError("conflict", `attach to container ${name}: it is not running`, { cause });
  } finally {
    closeSync(dirFd);
  }
}
