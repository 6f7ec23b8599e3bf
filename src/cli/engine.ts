// Wires the engine for a command: paths from the environment, warnings to standard error.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { TeuError } from "../base/errors.ts";
import type { Engine } from "../engine/engine.ts";
import type { RuntimeContext } from "../kernel/state/context.ts";
import type { CliContext } from "./command.ts";
import { defaultRunRoot, runtimeContext } from "./runtime/context.ts";

export function engineOf(context: CliContext): Engine {
  const runRoot = defaultRunRoot(context);
  const settings = {
    root: undefined,
    runRoot,
    clamp: true,
    warn: (message: string) => context.err(`teu: warning: ${message}\n`),
  };
  const root = defaultRoot(context);
  if (root === runRoot)
    throw new TeuError("invalid", `TEU_ROOT and TEU_RUN_ROOT are both ${root}: what lasts and what does not need directories of their own`);
  const plain = runtimeContext(settings, context);
  const runtime = { ...plain, release: (id: string) => release(plain, root, id) };
  const { images } = context;
  const engine = { runtime, root, runRoot, helloProgram: join(context.home, "hello") };
  return images === undefined ? engine : { ...engine, images: () => images(engine) };
}

/** Where lasting data lie: `$TEU_ROOT`, else /var/lib/teu, without root below `$XDG_DATA_HOME` or the home directory. */
function defaultRoot({ env }: CliContext): string {
  if (isSet(env.TEU_ROOT)) return resolve(env.TEU_ROOT);
  if (process.geteuid?.() === 0) return "/var/lib/teu";
  return join(isSet(env.XDG_DATA_HOME) ? env.XDG_DATA_HOME : join(env.HOME ?? "/", ".local", "share"), "teu");
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}

/** Only a container of an image has anything to be released. */
async function release(runtime: RuntimeContext, root: string, id: string): Promise<void> {
  if (existsSync(join(root, "containers", id))) await (await import("../engine/release.ts")).releaseContainer(runtime, root, id);
}
