// Wires the engine for a command: paths from the environment, warnings to standard error.
import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
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
  return { runtime: runtimeContext(settings, context), runRoot, helloProgram: join(context.home, "hello") };
}
