// What a command is, to the command line: data that the parser, `--help` and completion all read, and one action.
import { parseArgs } from "node:util";
import { TeuError } from "../base/errors.ts";

/** One flag; the key in a command's `flags` is its long name. */
export interface Flag {
  readonly type: "boolean" | "string";
  readonly short?: string;
  /** May be given more than once; the values are then a list. */
  readonly multiple?: boolean;
  /** What `--help` calls the value: `DIR`. */
  readonly value?: string;
  readonly summary: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** The values of flags that were given. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]?: F[K] extends { readonly type: "boolean" }
    ? boolean
    : F[K] extends { readonly multiple: true }
      ? readonly string[]
      : string;
};

export interface Invocation<F extends Flags> {
  readonly flags: FlagValues<F>;
  readonly args: readonly string[];
  /** Everything above the command's own flags: roots, paths, output. */
  readonly context: CliContext;
}

/** What the program hands to a command; made once in main.ts, the only reader of the environment. */
export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Directory of the executable: the launcher and the embedded image's program lie there. */
  readonly home: string;
  /** The executable itself. */
  readonly self: string;
  out(text: string): void;
  err(text: string): void;
}

export interface Command<F extends Flags = Flags> {
  /** `run`, `runtime create`: as it is typed. */
  readonly name: string;
  readonly summary: string;
  /** The line after the name in usage: `[flags] CONTAINER`. */
  readonly usage: string;
  readonly flags: F;
  /** How many arguments it takes. */
  readonly args: { readonly min: number; readonly max: number };
  /** Flags end at the first argument: what follows belongs to the container's program. */
  readonly stopAtFirstArg?: boolean;
  readonly examples?: readonly string[];
  /** The exit status. */
  run(invocation: Invocation<F>): Promise<number> | number;
}

/** Lets TypeScript infer the flag names of a command. */
export function command<const F extends Flags>(definition: Command<F>): Command<F> {
  return definition;
}

/** Wrong use of the command line: exit status 125 for `run`, as docker's and podman's, 1 for the runtime. */
export class UsageError extends TeuError {
  constructor(message: string) {
    super("invalid", message);
  }
}

/** Splits global flags from the rest: everything before the first argument. */
export function splitAtFirstArg(argv: readonly string[], flags: Flags): { readonly before: string[]; readonly rest: string[] } {
  const { tokens } = parseArgs({ args: [...argv], options: parserOptions(flags), strict: false, allowPositionals: true, tokens: true });
  const first = tokens.find((token) => token.kind === "positional" || token.kind === "option-terminator");
  const at = first === undefined ? argv.length : first.index;
  return { before: argv.slice(0, at), rest: argv.slice(first?.kind === "option-terminator" ? at + 1 : at) };
}

/**
 * Parses a command's own words.
 * @throws UsageError for an unknown flag, a missing value or a wrong number of arguments.
 */
export function parseInvocation<F extends Flags>(definition: Command<F>, argv: readonly string[], context: CliContext): Invocation<F> {
  const split = definition.stopAtFirstArg === true ? splitAtFirstArg(argv, definition.flags) : { before: [...argv], rest: [] };
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: joinNegativeNumbers(split.before, definition.flags),
      options: parserOptions(definition.flags),
      strict: true,
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(`${usageMessage(error)}; see teu ${definition.name} --help`);
  }
  const args = [...parsed.positionals, ...split.rest];
  const { min, max } = definition.args;
  if (args.length < min || args.length > max) {
    throw new UsageError(
      `teu ${definition.name} takes ${argumentCount(min, max)}, not ${args.length}; usage: teu ${definition.name} ${definition.usage}`,
    );
  }
  return { flags: parsed.values as FlagValues<F>, args, context }; // parseArgs is strict: it gives the declared types alone
}

/** `--memory-swap -1` as `--memory-swap=-1`: what follows a flag with a value is its value, but parseArgs refuses one that begins with a dash. */
function joinNegativeNumbers(words: readonly string[], flags: Flags): string[] {
  const joined: string[] = [];
  for (const [index, word] of words.entries()) {
    const flag = words[index - 1]?.replace(/^--/, "") ?? "";
    if (/^-\d+$/.test(word) && words[index - 1] === `--${flag}` && flags[flag]?.type === "string") joined.push(`${joined.pop()}=${word}`);
    else joined.push(word);
  }
  return joined;
}

function parserOptions(flags: Flags) {
  const options: Record<string, { type: "boolean" | "string"; short?: string; multiple?: boolean }> = {
    help: { type: "boolean", short: "h" },
  };
  for (const [name, { type, short, multiple }] of Object.entries(flags)) {
    options[name] = { type, ...(short === undefined ? {} : { short }), ...(multiple === undefined ? {} : { multiple }) };
  }
  return options;
}

function usageMessage(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const unknown = /Unknown option '([^']+)'/.exec(text);
  return unknown === null ? text : `unknown flag ${unknown[1]}`;
}

function argumentCount(min: number, max: number): string {
  if (min === max) return min === 1 ? "one argument" : `${min} arguments`;
  return max === Number.POSITIVE_INFINITY ? `at least ${min} argument${min === 1 ? "" : "s"}` : `${min} to ${max} arguments`;
}

/** `--help` or `-h` before the first argument, unless the command uses `-h` itself. */
export function asksForHelp(command: Command, words: readonly string[]): boolean {
  const usesShort = Object.values(command.flags).some((flag) => flag.short === "h");
  for (const word of words) {
    if (word === "--help" || (word === "-h" && !usesShort)) return true;
    if (word === "--" || (command.stopAtFirstArg === true && !word.startsWith("-"))) return false;
  }
  return false;
}

/** The text of `--help`. */
export function helpText(definition: Command): string {
  const rows = Object.entries(definition.flags).map(([name, flag]) => [flagForm(name, flag), flag.summary] as const);
  const width = Math.max(0, ...rows.map(([form]) => form.length));
  return [
    `Usage: teu ${definition.name} ${definition.usage}`,
    "",
    `${definition.summary}.`,
    ...(rows.length === 0 ? [] : ["", "Flags:", ...rows.map(([form, summary]) => `  ${form.padEnd(width)}  ${summary}`)]),
    ...(definition.examples === undefined ? [] : ["", "Examples:", ...definition.examples.map((example) => `  ${example}`)]),
    "",
  ].join("\n");
}

function flagForm(name: string, flag: Flag): string {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  return `${short}--${name}${flag.type === "string" ? ` ${flag.value ?? "VALUE"}` : ""}`;
}
