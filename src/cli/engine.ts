// Wires the engine for a command: paths from the environment, warnings to standard error.
import { join, resolve } from "node:path";
import { TeuError } from "../base/errors.ts";
import type { Engine } from "../engine/engine.ts";
import { stateDatabase } from "../engine/state/state.ts";
import { clientSettings } from "./client-settings.ts";
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
  const root = dataRoot(context);
  if (root === runRoot)
    throw new TeuError("invalid", `TEU_ROOT and TEU_RUN_ROOT are both ${root}: what lasts and what does not need directories of their own`);
  const engine: Engine = {
    runtime: runtimeContext(settings, context),
    root,
    runRoot,
    state: stateDatabase(root),
    cgroupParent: variable(context, "TEU_CGROUP_PARENT"),
    self: context.self,
    helloProgram: join(context.home, "hello"),
    configFile: join(configDirectory(context), "config.yaml"),
    get client() {
      return clientSettings(context.env, { config: configDirectory(context), data: root, home: homeOf(context) });
    },
    images: async () => (await import("./image-lookup.ts")).lookupOf(engine, context),
  };
  return engine;
}

const isRoot = () => (process.geteuid?.() ?? 0) === 0;

/** Of a variable that may be set to nothing, which counts as not set (XDG Base Directory Specification). */
function variable({ env }: CliContext, name: string): string | undefined {
  return env[name] === "" ? undefined : env[name];
}

/** Content, layers and the database: `$TEU_ROOT`, else /var/lib/teu, without root below `$XDG_DATA_HOME`. */
function dataRoot(context: CliContext): string {
  const said = variable(context, "TEU_ROOT");
  if (said !== undefined) return resolve(said);
  return isRoot() ? "/var/lib/teu" : join(variable(context, "XDG_DATA_HOME") ?? join(homeOf(context), ".local/share"), "teu");
}

/** `$TEU_CONFIG`; an engine with a root of its own has its configuration there, so that many live on one machine. */
function configDirectory(context: CliContext): string {
  const [said, root] = [variable(context, "TEU_CONFIG"), variable(context, "TEU_ROOT")];
  if (said !== undefined) return resolve(said);
  if (root !== undefined) return resolve(root, "config");
  return isRoot() ? "/etc/teu" : join(variable(context, "XDG_CONFIG_HOME") ?? join(homeOf(context), ".config"), "teu");
}

function homeOf(context: CliContext): string {
  return variable(context, "HOME") ?? "/";
}
