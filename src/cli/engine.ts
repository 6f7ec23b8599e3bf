// Wires the engine for a command: paths from the environment, warnings to standard error.
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Engine } from "../engine/engine.ts";
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
  return {
    runtime: runtimeContext(settings, context),
    root: dataRoot(context),
    runRoot,
    helloProgram: join(context.home, "hello"),
    configFile: join(configDirectory(context), "config.yaml"),
    client: clientSettings(context.env, { config: configDirectory(context), data: dataRoot(context), home: homeOf(context) }),
  };
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
  return variable(context, "HOME") ?? homedir();
}
