// One plugin: where its program is, how it is run, and what its failure means (SPEC.md of CNI, sections 2 and 5, "Error").
import { accessSync, constants, statSync } from "node:fs";
import { join } from "node:path";
import { type ErrorCode, TeuError } from "../../base/errors.ts";
import { runProgram } from "../../kernel/launch/program.ts";
import { readJson } from "../../spec/json/read.ts";
import { anyString, array, object, optional, uint32 } from "../../spec/json/shape.ts";
import { type CniAttachment, type Command, environmentOf } from "./request.ts";

export interface PluginPlaces {
  /** Folders with plugins, in order. */
  readonly path: readonly string[];
  /** Milliseconds that a plugin has for one command. */
  readonly timeout: number;
}

/** Where distributions put plugins; the upstream's own place first. */
export const PLUGIN_FOLDERS: readonly string[] = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"];

/** A lease of DHCP takes its time. */
export const PLUGIN_TIMEOUT = 60_000;

/** Far more than a result; what says more is broken. */
const MOST_OUTPUT = 1024 * 1024;
const MOST_QUOTED = 400;

/** @throws TeuError `not-found` naming the folders */
export function findPlugin(type: string, path: readonly string[]): string {
  const found = path.map((folder) => join(folder, type)).find(isProgram);
  if (found === undefined) throw new TeuError("not-found", `there is no CNI plugin ${type} in ${path.join(", ")}`);
  return found;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export interface PluginCall {
  readonly type: string;
  readonly command: Command;
  readonly input: string;
  readonly attachment?: CniAttachment;
}

/**
 * What a plugin has written to its standard output.
 * @throws TeuError naming the plugin, the command, and what it says
 */
export async function callPlugin({ type, command, input, attachment }: PluginCall, { path, timeout }: PluginPlaces): Promise<Uint8Array> {
  const program = findPlugin(type, path);
  const env = environmentOf(command, path, attachment);
  const began = Bun.nanoseconds();
  const { exitCode, stdout, stderr } = await runProgram([program], { input, env, timeout, maxOutput: MOST_OUTPUT, ownSession: true });
  const what = `CNI plugin ${type}: ${command}`;
  if (stdout.length >= MOST_OUTPUT) throw new TeuError("unavailable", `${what}: it says more than ${MOST_OUTPUT / 1024} KiB`);
  if (exitCode === 0) return stdout;
  if (exitCode === KILLED && Bun.nanoseconds() - began >= timeout * 1e6)
    throw new TeuError("unavailable", `${what}: it was killed, as it had not ended after ${timeout / 1000} s`);
  throw pluginError(what, exitCode, stdout, stderr);
}

/** The exit status of what SIGKILL has ended. */
const KILLED = 128 + 9;

interface PluginFailure {
  readonly code: number;
  readonly msg: string;
  readonly details?: string;
}

const FAILURE = object<PluginFailure>({ code: uint32, msg: anyString, details: optional(anyString) });

/** Well-known codes: in words, and as a caller can act on it. */
// biome-ignore format: table
const CODES: Readonly<Record<number, { readonly words: string; readonly as: ErrorCode }>> = {
  1:  { words: "it does not speak this version of CNI",                  as: "unsupported" },
  2:  { words: "a field of its configuration is not supported",          as: "invalid" },
  3:  { words: "it does not know the container",                         as: "not-found" },
  4:  { words: "its environment is not valid",                           as: "internal" },
  5:  { words: "input or output failed",                                 as: "unavailable" },
  6:  { words: "its input cannot be decoded",                            as: "internal" },
  7:  { words: "its configuration is not valid",                         as: "invalid" },
  11: { words: "it says to try again later",                             as: "unavailable" },
  50: { words: "it is not available",                                    as: "unavailable" },
  51: { words: "it is not available, and connections that there are may suffer", as: "unavailable" },
};

/** The sentence for a plugin that has ended with a status other than 0. */
export function pluginError(what: string, exitCode: number, stdout: Uint8Array, stderr: string): TeuError {
  const failure = failureIn(stdout);
  if (failure === undefined) {
    const said = oneLine(stderr) || oneLine(Buffer.from(stdout).toString("utf8"));
    return new TeuError("unavailable", `${what}: exit status ${exitCode}${said === "" ? "" : `: ${said}`}`);
  }
  const { code, msg, details = "" } = failure;
  const known = CODES[code];
  const said = [oneLine(msg), oneLine(details)].filter((text) => text !== "").join(": ");
  const words = known === undefined ? said : [known.words, said].filter((text) => text !== "").join(": ");
  return new TeuError(known?.as ?? "unavailable", `${what}: ${words} (error ${code})`);
}

function failureIn(stdout: Uint8Array): PluginFailure | undefined {
  try {
    return readJson(stdout, { subject: "error", shape: FAILURE }).value;
  } catch (error) {
    if (error instanceof TeuError) return undefined;
    throw error;
  }
}

/** The beginning of what was said, where the reason of a panic stands, without control characters. */
function oneLine(text: string): string {
  const line = text.replaceAll(/\p{Cc}+/gu, " ").trim();
  return line.length > MOST_QUOTED ? `${line.slice(0, MOST_QUOTED)}…` : line;
}

interface Versions {
  readonly supportedVersions: readonly string[];
}

const VERSIONS_ANSWER = object<Versions>({ supportedVersions: array(anyString) });

/** Which versions a plugin speaks. @throws TeuError */
export async function pluginVersions(type: string, places: PluginPlaces, ours: string): Promise<readonly string[]> {
  const answer = await callPlugin({ type, command: "VERSION", input: JSON.stringify({ cniVersion: ours }) }, places);
  return readJson(answer, { subject: `CNI plugin ${type}: VERSION`, shape: VERSIONS_ANSWER }).value.supportedVersions;
}
