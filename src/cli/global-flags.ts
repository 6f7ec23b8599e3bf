// Flags before the command, which say what engine is meant: each stands for a variable of the environment, and is stronger than it.
import type { CliContext } from "./command.ts";
import { type Flags, parseWords, UsageError } from "./parse-words.ts";

export const GLOBAL_FLAGS = {
  config: { type: "string", value: "DIR", completes: "directories", summary: "Where config.yaml lies (TEU_CONFIG)" },
  root: { type: "string", value: "DIR", completes: "directories", summary: "Where images, containers and volumes are kept (TEU_ROOT)" },
  "run-root": {
    type: "string",
    also: "runroot",
    value: "DIR",
    completes: "directories",
    summary: "Where is kept what the next start of the machine forgets (TEU_RUN_ROOT)",
  },
} as const satisfies Flags;

const VARIABLES = { config: "TEU_CONFIG", root: "TEU_ROOT", "run-root": "TEU_RUN_ROOT" } as const satisfies Record<
  keyof typeof GLOBAL_FLAGS,
  string
>;

/** The same, as words. */
const WORDS = {
  help: { type: "boolean", short: "h", summary: "Show what commands there are" },
  version: { type: "boolean", short: "v", summary: "Show the version" },
} as const satisfies Flags;

/**
 * The words from the command on, and the context that the flags before it make.
 * @throws UsageError for a flag that is none of these, or that lacks its value
 */
export function takeGlobalFlags(words: readonly string[], context: CliContext): { words: readonly string[]; context: CliContext } {
  const { values, args } = parseWords({ name: "", flags: { ...GLOBAL_FLAGS, ...WORDS }, stopAtFirstArg: true }, words);
  const said = Object.entries(VARIABLES).flatMap(([flag, variable]) => {
    const value = values[flag];
    if (value === "") throw new UsageError(`--${flag} needs a directory; see teu --help`);
    return typeof value === "string" ? [[variable, value] as const] : [];
  });
  const command = values.help === true ? ["help"] : values.version === true ? ["version"] : args;
  return { words: command, context: { ...context, env: { ...context.env, ...Object.fromEntries(said) } } };
}
