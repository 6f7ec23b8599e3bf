// `teu attach`: back to the terminal of a container that was left.
import { closeSync, constants, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { findContainer } from "../../engine/containers/find.ts";
import { ATTACH_SOCKET } from "../../kernel/compile/keeper.ts";
import { containerDir } from "../../kernel/state/record.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { holdSignals } from "../signals.ts";
import { attach } from "../terminal/attach-client.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "../terminal/detach-keys.ts";

export default command({
  name: "attach",
  summary: "Show the output of a running container, and give it input",
  usage: "[flags] CONTAINER",
  flags: {
    "detach-keys": { type: "string", value: "KEYS", summary: "Keys that leave the terminal and let the container run (ctrl-p,ctrl-q)" },
    "no-stdin": { type: "boolean", summary: "Only watch" },
    "sig-proxy": { type: "boolean", summary: "Hand signals on to the container (true; --sig-proxy=false keeps them)" },
  },
  args: { min: 1, max: 1, completes: "containers" },
  failed: 1,
  /** The container's exit status; 0 when it was left with the detach keys. */
  async run({ flags, args: [text = ""], context }) {
    const engine = engineOf(context);
    const { runtime } = engine;
    const { id, name } = findContainer(engine, text);
    const dir = containerDir(runtime.root, id);
    const detachKeys = parseDetachKeys(flags["detach-keys"] ?? DEFAULT_DETACH_KEYS);
    if (!existsSync(join(dir, ATTACH_SOCKET))) throw new TeuError("conflict", `attach to container ${name}: it has no terminal`);
    // Through a descriptor: the path may be too long for a socket's address (unix(7)).
    const dirFd = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY);
    const end = await attach({
      monitor: { unix: `/proc/self/fd/${dirFd}/${ATTACH_SOCKET}` },
      detachKeys,
      redraw: true,
      interactive: flags["no-stdin"] !== true,
      ...(flags["sig-proxy"] === false ? {} : { signals: holdSignals({ terminal: true }) }),
    }).catch((cause: unknown) => {
      throw new TeuError("conflict", `attach to container ${name}: it is not running`, { cause });
    });
    closeSync(dirFd);
    if (end.how === "detached") context.err("\n");
    if (end.how === "ended" && end.status === undefined)
      throw new TeuError("conflict", `attach to container ${name}: its monitor has gone`);
    return end.how === "ended" ? (end.status ?? 1) : end.how === "detached" ? 0 : HUNG_UP;
  },
});

/** 128 + SIGHUP. */
const HUNG_UP = 129;
