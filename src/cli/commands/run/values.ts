// Flags of `run` that are lists of names and values, or files of them: environment, labels, annotations. docker's forms.
import { readFileSync } from "node:fs";
import { reasonOf } from "../../../base/file-errno.ts";
import type { CliContext } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";

export interface IntegerRange {
  readonly min: number;
  readonly max: number;
  /** Outside of the range, and allowed: what says that there is no limit. */
  readonly none?: number | readonly number[];
}

/** A whole number; undefined where the flag is not given, or refused. */
export function readInteger(
  flag: string,
  text: string | undefined,
  { min, max, none }: IntegerRange,
  problems: Problems,
): number | undefined {
  if (text === undefined) return undefined;
  const number = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if ((number >= min && number <= max) || [none].flat().includes(number)) return number;
  const limits = max === Number.MAX_SAFE_INTEGER ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`;
  problems.refuse(flag, `${JSON.stringify(text)} is not ${limits}`);
  return undefined;
}

export interface EnvironmentFlags {
  readonly env?: readonly string[];
  readonly "env-file"?: readonly string[];
}

export interface LabelFlags {
  readonly label?: readonly string[];
  readonly "label-file"?: readonly string[];
}

/**
 * `NAME=VALUE` of all files, then of all flags; a name alone takes the caller's value. Of a flag, a name that the caller does not have is
 * kept as it is: it takes the image's away.
 */
export function environmentOf(flags: EnvironmentFlags, env: CliContext["env"], problems: Problems): string[] {
  const files = (flags["env-file"] ?? []).flatMap((path) => linesOf("--env-file", path, problems));
  for (const entry of flags.env ?? []) if (/^(=|$)/.test(entry)) problems.refuse("--env", `${JSON.stringify(entry)} has no name`);
  const called = (entry: string) => (entry.includes("=") || env[entry] === undefined ? entry : `${entry}=${env[entry]}`);
  return [...files.map(called).filter((entry) => entry.includes("=")), ...(flags.env ?? []).map(called)];
}

/** `NAME=VALUE`, or `NAME` for an empty value; of all files, then of all flags. */
export function labelsOf(flags: LabelFlags, problems: Problems): Record<string, string> {
  const files = (flags["label-file"] ?? []).flatMap((path) => linesOf("--label-file", path, problems));
  return Object.fromEntries([...files, ...(flags.label ?? [])].map((text) => pairOf("--label", text, problems)));
}

export function annotationsOf(flags: { readonly annotation?: readonly string[] }, problems: Problems): Record<string, string> {
  return Object.fromEntries((flags.annotation ?? []).map((text) => pairOf("--annotation", text, problems)));
}

function pairOf(flag: string, text: string, problems: Problems): readonly [name: string, value: string] {
  const at = text.indexOf("=");
  if (at === 0 || text === "") problems.refuse(flag, `${JSON.stringify(text)} has no name`);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}

/** The lines of a file that are neither empty nor comments. */
function linesOf(flag: string, path: string, problems: Problems): string[] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(readFileSync(path));
  } catch (error) {
    problems.refuse(flag, `${path} cannot be read: ${reasonOf(error)}`);
    return [];
  }
  const lines = text.split(/\r?\n/).map((line) => line.trimStart());
  const kept = lines.filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of kept) {
    const [name = ""] = line.split("=", 1);
    if (name === "" || /\s/.test(name)) problems.refuse(flag, `${path}: ${JSON.stringify(line)} has no name, or one with blanks`);
  }
  return kept;
}
