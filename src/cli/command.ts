// What a command is, to the command line: data that the parser, `--help` and completion all read, and one action.
import { WRONG_CALL } from "./flag-values.ts";
import { type Flag, type Flags, type FlagType, parseWords, UsageError } from "./parse-words.ts";

export { type Flag, type Flags, UsageError };

/** What one value of a flag is read as. */
interface ValueTypes {
  readonly boolean: boolean;
  readonly string: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds. */
  readonly duration: number;
  readonly integer: number;
  readonly pairs: ReadonlyMap<string, string>;
}

type ValueOf<F extends Flag> = F extends { readonly oneOf: readonly (infer Word)[] } ? Word : ValueTypes[F["type"] & FlagType];

/** The values of flags that were given. */
export type FlagValues<F extends Flags> = {
  readonly [K in keyof F]?: F[K] extends { readonly multiple: true } ? readonly ValueOf<F[K]>[] : ValueOf<F[K]>;
};

export interface Invocation<F extends Flags> {
  readonly flags: FlagValues<F>;
  readonly args: readonly string[];
  /** Both, as they were typed. */
  readonly words: readonly string[];
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
  /** `run`, `image pull`: as it is typed. */
  readonly name: string;
  readonly summary: string;
  /** The line after the name in usage: `[flags] CONTAINER`. */
  readonly usage: string;
  readonly flags: F;
  /** How many arguments it takes, and what a shell completes them with. */
  readonly args: { readonly min: number; readonly max: number; readonly completes?: Completer };
  /** Flags end at the first argument: what follows belongs to the container's program. */
  readonly stopAtFirstArg?: boolean;
  readonly examples?: readonly string[];
  /** Exit status of a failure that is not wrong usage, where the table of exit-status.ts does not hold: docker's is 1 but for `run`. */
  readonly failed?: number;
  /** The exit status. */
  run(invocation: Invocation<F>): Promise<number> | number;
}

/** What completes a word of the command line: names that a command lists, files, or a fixed list. */
export type Completer = Flag["completes"];

/** The headings of `teu --help`, in its order. */
export const SUBJECTS = ["Containers", "Images", "Networks", "Volumes", "Registries", "System"] as const;

/** A command, before its module is loaded. */
export interface CommandEntry {
  readonly summary: string;
  /** Of a command of the first level: the heading that it stands below. */
  readonly subject?: (typeof SUBJECTS)[number];
  /** Other names in the same table, which help names and completion does not offer. */
  readonly aliases?: readonly string[];
  load(): Promise<Command>;
}

/** A word that commands stand behind: `teu image …`. */
export interface GroupEntry {
  readonly summary: string;
  readonly subject?: (typeof SUBJECTS)[number];
  /** Its commands; loaded when one of them, or its help, is asked for. */
  commands(): Promise<CommandTable>;
}

/** A second place of a command: `pull` is the `image pull` of the first table. */
export interface SameEntry {
  readonly same: string;
  readonly subject?: (typeof SUBJECTS)[number];
  readonly aliases?: readonly string[];
}

/** Commands by name. A group has no groups. */
export type CommandTable = Readonly<Record<string, CommandEntry | GroupEntry | SameEntry>>;

/** Lets TypeScript infer the flag names of a command. */
export function command<const F extends Flags>(definition: Command<F>): Command<F> {
  return definition;
}

/** A command of any flags as a table holds it. */
export function asCommand(loaded: { readonly default: unknown }): Command {
  return loaded.default as Command; // each command's own flags are a subset of Flags
}

/**
 * Parses a command's own words.
 * @throws UsageError for an unknown flag, a missing or wrong value or a wrong number of arguments.
 */
export function parseInvocation<F extends Flags>(definition: Command<F>, argv: readonly string[], context: CliContext): Invocation<F> {
  const { values, args } = parseWords(definition, argv);
  const { min, max } = definition.args;
  if (args.length < min || args.length > max) {
    throw new UsageError(
      `${definition.name} takes ${argumentCount(min, max)}, not ${args.length}; usage: teu ${definition.name} ${definition.usage}`,
      WRONG_CALL,
    );
  }
  return { flags: values as FlagValues<F>, args, words: argv, context }; // parseWords gives the declared types alone
}

function argumentCount(min: number, max: number): string {
  if (min === max) return min === 1 ? "one argument" : `${min} arguments`;
  if (max === Number.POSITIVE_INFINITY) return `at least ${min} argument${min === 1 ? "" : "s"}`;
  return min === 0 ? `at most ${max === 1 ? "one argument" : `${max} arguments`}` : `${min} to ${max} arguments`;
}
