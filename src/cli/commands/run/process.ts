// Flags about the program: its words, environment and user, and what of the caller's streams it has.
import { parseId } from "../../../containers/config/accounts.ts";
import type { StdioSettings } from "../../../containers/document/document.ts";
import type { Flags, FlagValues } from "../../command.ts";
import { parseDetachKeys } from "../../terminal/detach-keys.ts";
import type { Problems } from "../flag-problems.ts";

// biome-ignore format: table
export const PROCESS_FLAGS = {
  attach:         { type: "string", short: "a", multiple: true, value: "STREAM", summary: "Attach to stdin, stdout or stderr alone" },
  entrypoint:     { type: "string", value: "PROGRAM", summary: "The program in place of the image's; an empty one clears it" },
  env:            { type: "string", short: "e", multiple: true, value: "NAME[=VALUE]", summary: "Set an environment variable; a name alone takes the caller's" },
  "env-file":     { type: "string", multiple: true, value: "FILE", completes: "files", summary: "Set environment variables, one a line" },
  "group-add":    { type: "string", multiple: true, value: "GROUP", summary: "Add a group, by name or number" },
  interactive:    { type: "boolean", short: "i", summary: "Keep standard input open" },
  tty:            { type: "boolean", short: "t", summary: "Give the container a terminal" },
  umask:          { type: "string", value: "MASK", summary: "Permissions that new files do not get, in octal (0022)" },
  user:           { type: "string", short: "u", value: "USER[:GROUP]", summary: "Who the program runs as, by names or numbers" },
  workdir:        { type: "string", short: "w", value: "DIR", summary: "The program's working directory" },
} as const satisfies Flags;

// biome-ignore format: table
export const ATTACHED_FLAGS = {
  detach:         { type: "boolean", short: "d", summary: "Let the container run in the background and print its id" },
  "detach-keys":  { type: "string", value: "KEYS", summary: "Keys that leave the terminal and let the container run (ctrl-p,ctrl-q)" },
  "sig-proxy":    { type: "boolean", summary: "Hand signals on to the container (true; --sig-proxy=false keeps them)" },
} as const satisfies Flags;

type ProcessValues = FlagValues<typeof PROCESS_FLAGS & typeof ATTACHED_FLAGS>;

export interface ProcessParts {
  readonly terminal: boolean;
  readonly umask?: number;
  readonly stdio: StdioSettings;
}

export function processOf(flags: ProcessValues, problems: Problems): ProcessParts {
  const { workdir, umask } = flags;
  if (workdir !== undefined && !workdir.startsWith("/")) problems.refuse("--workdir", `${workdir} is not an absolute path`);
  if (umask !== undefined && !/^0?[0-7]{1,3}$/.test(umask))
    problems.refuse("--umask", `${JSON.stringify(umask)} is not a mask such as 0022`);
  checkUser(flags.user, problems);
  return {
    terminal: flags.tty === true,
    ...(umask === undefined ? {} : { umask: Number.parseInt(umask, 8) }),
    stdio: stdioOf(flags, problems),
  };
}

/** Numbers that no process can have; names are looked up in the root file system. */
function checkUser(text: string | undefined, problems: Problems): void {
  const parts = (text ?? "0").split(":");
  const number = (part: string) => /^-?\d+$/.test(part) && parseId(part) === undefined;
  if (parts.length > 2 || parts.some(number))
    problems.refuse("--user", `${JSON.stringify(text)} is not USER or USER:GROUP, each a name or a number`);
}

const STREAMS = ["stdin", "stdout", "stderr"] as const;

/** Who names no stream has both outputs, and the input with `-i`; with `-d` none. */
function stdioOf(flags: ProcessValues, problems: Problems): StdioSettings {
  const named = (flags.attach ?? []).flatMap((text) => {
    const stream = STREAMS.find((known) => known === text.toLowerCase());
    if (stream === undefined) problems.refuse("--attach", `${JSON.stringify(text)} is no stream: there are STDIN, STDOUT and STDERR`);
    return stream === undefined ? [] : [stream];
  });
  const detached = flags.detach === true;
  if (detached && flags.attach !== undefined) problems.refuse("--attach", "conflicting options: cannot specify both --attach and --detach");
  const keys = flags["detach-keys"];
  if (keys !== undefined) problems.take("--detach-keys", () => parseDetachKeys(keys));
  const open = flags.interactive === true;
  const usual = detached ? [] : STREAMS.filter((stream) => stream !== "stdin" || open);
  return { open, attach: flags.attach === undefined ? usual : [...new Set(named)], ...(keys === undefined ? {} : { detachKeys: keys }) };
}
