// A verb of the OCI runtime: a command whose invocation also carries the runtime's global flags.
import type { RuntimeContext } from "../../kernel/state/context.ts";
import type { Command, Flags, FlagValues, Invocation } from "../command.ts";

export interface VerbInvocation<F extends Flags> extends Invocation<F> {
  readonly runtime: RuntimeContext;
}

export interface Verb<F extends Flags = Flags> extends Omit<Command<F>, "run"> {
  /** The exit status of a failure of ours, where it is not 1. */
  readonly failed?: number;
  /** The exit status. */
  run(invocation: VerbInvocation<F>): Promise<number> | number;
}

/** Lets TypeScript infer the flag names of a verb. */
export function verb<const F extends Flags>(definition: Verb<F>): Verb<F> {
  return definition;
}

/** Flags of every verb that makes a process. */
export const PROCESS_FLAGS = {
  "console-socket": { type: "string", value: "PATH", summary: "Unix socket that is sent the terminal's outer side" },
  "pid-file": { type: "string", value: "PATH", summary: "File that the process's pid is written to" },
  "preserve-fds": { type: "string", value: "N", summary: "Hand the descriptors 3 to 3+N-1 on to the process" },
} as const satisfies Flags;

/** Flags of the verbs that make a container. */
export const CREATE_FLAGS = {
  bundle: { type: "string", short: "b", value: "DIR", summary: "Directory of the bundle; the working directory when not given" },
  ...PROCESS_FLAGS,
  "no-pivot": { type: "boolean", summary: "Move the root instead of pivot_root(2), for a root file system on an initramfs" },
  "no-new-keyring": { type: "boolean", summary: "Let the container keep the caller's session keyring" },
} as const satisfies Flags;

export type CreateFlagValues = FlagValues<typeof CREATE_FLAGS>;
