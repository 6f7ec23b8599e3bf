// `--change` of import and commit: instructions of a Dockerfile that speak of the configuration only. Dockerfile reference; docker's
// "docker image import", "--change". One table, an instruction a row.
import { posix } from "node:path";
import { InvalidInputError } from "../../base/errors.ts";
import { parseDuration } from "../../base/units.ts";
import { parseSignal } from "../../kernel/tables/signals.ts";
import type { ExecutionConfig, HealthCheck } from "../../spec/image/image-config.ts";
import { type Environment, splitWords } from "./instruction-words.ts";

type Draft = { -readonly [K in keyof ExecutionConfig]: ExecutionConfig[K] };

interface Instruction {
  /** What stands behind the instruction's name. */
  readonly rest: string;
  readonly environment: Environment;
  /** Whether an earlier change was a CMD, which an ENTRYPOINT then leaves alone. */
  readonly hasCommand: boolean;
  refuse(message: string): never;
}

const SHELL = ["/bin/sh", "-c"];
const LONGEST_CHANGE = 65_536;
const MOST_PORTS = 65_536;
const NANOSECONDS = 1_000_000;

/** The JSON form: an array of strings, or undefined where the text is none. */
function jsonForm(rest: string): readonly string[] | undefined {
  if (!rest.startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(rest);
    return Array.isArray(value) && value.every((word) => typeof word === "string") ? value : undefined;
  } catch {
    return undefined; // docker takes what is no JSON for the shell form
  }
}

function commandOf(config: ExecutionConfig, rest: string): readonly string[] {
  return jsonForm(rest) ?? (rest === "" ? [] : [...(config.Shell ?? SHELL), rest]);
}

/** The first word of a text, and what follows it. */
function firstWord(text: string): readonly [string, string] {
  const trimmed = text.trim();
  const [word = ""] = trimmed.split(/\s/, 1);
  return [word, trimmed.slice(word.length).trimStart()];
}

/** `a=1 b="2 3"`, or the old `a 1`. */
function pairs({ rest, environment, refuse }: Instruction): readonly (readonly [string, string])[] {
  const [first, value] = firstWord(rest);
  if (first !== "" && !first.includes("=")) {
    if (value === "") refuse(`${first} has no value`);
    return [[first, splitWords(value, environment).join(" ")]];
  }
  return splitWords(rest, environment).map((word) => {
    const equals = word.indexOf("=");
    if (equals <= 0) refuse(`${JSON.stringify(word)} is not name=value`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

function withEnv(env: readonly string[] | undefined, name: string, value: string): readonly string[] {
  const set = `${name}=${value}`;
  const old = env ?? [];
  return old.some((entry) => entry.startsWith(`${name}=`))
    ? old.map((entry) => (entry.startsWith(`${name}=`) ? set : entry))
    : [...old, set];
}

/** `80`, `80/udp`, `8000-8010/tcp` as the keys of ExposedPorts. */
function portsOf(word: string, refuse: Instruction["refuse"]): readonly string[] {
  const [, from, to = from, protocol = "tcp"] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(word) ?? [];
  const [low, high] = [Number(from), Number(to)];
  if (!(low >= 1 && high <= 65_535 && low <= high)) refuse(`${JSON.stringify(word)} is not a port such as 80, 53/udp or 8000-8010`);
  return Array.from({ length: high - low + 1 }, (_, at) => `${low + at}/${protocol.toLowerCase()}`);
}

type HealthTime = "Interval" | "Timeout" | "StartPeriod" | "StartInterval";

const HEALTH_TIMES: ReadonlyMap<string, HealthTime> = new Map<string, HealthTime>([
  ["interval", "Interval"],
  ["timeout", "Timeout"],
  ["start-period", "StartPeriod"],
  ["start-interval", "StartInterval"],
]);

function healthCheck({ rest, refuse }: Instruction): HealthCheck {
  const check: { -readonly [K in keyof HealthCheck]: HealthCheck[K] } = {};
  let text = rest;
  for (;;) {
    const [whole, name = "", value = ""] = /^--([a-z-]+)=(\S+)\s*/.exec(text) ?? [];
    if (whole === undefined) break;
    if (name === "retries") {
      if (!/^\d{1,9}$/.test(value)) refuse(`--retries ${JSON.stringify(value)} is no number`);
      check.Retries = Number(value);
    } else {
      const field = HEALTH_TIMES.get(name);
      if (field === undefined) return refuse(`unknown flag --${name}; known are ${[...HEALTH_TIMES.keys(), "retries"].join(", ")}`);
      check[field] = parseDuration(value, `--${name}`) * NANOSECONDS;
    }
    text = text.slice(whole.length);
  }
  const [kind, command] = firstWord(text);
  if (kind.toUpperCase() === "NONE" && command === "") return { Test: ["NONE"] };
  if (kind.toUpperCase() !== "CMD" || command === "") refuse("it is neither CMD and a command nor NONE");
  const words = jsonForm(command);
  return { ...check, Test: words === undefined ? ["CMD-SHELL", command] : ["CMD", ...words] };
}

function oneWord({ rest, environment, refuse }: Instruction): string {
  const words = splitWords(rest, environment);
  return words.length === 1 && words[0] !== undefined && words[0] !== "" ? words[0] : refuse("it takes one word");
}

const INSTRUCTIONS: Readonly<Record<string, (config: Draft, instruction: Instruction) => void>> = {
  CMD: (config, { rest }) => {
    config.Cmd = commandOf(config, rest);
  },
  ENTRYPOINT: (config, { rest, hasCommand }) => {
    config.Entrypoint = commandOf(config, rest);
    // The old command was made for the old entry point.
    if (!hasCommand) delete config.Cmd;
  },
  ENV: (config, instruction) => {
    for (const [name, value] of pairs(instruction)) config.Env = withEnv(config.Env, name, value);
  },
  EXPOSE: (config, { rest, environment, refuse }) => {
    const ports = splitWords(rest, environment).flatMap((word) => portsOf(word, refuse));
    if (ports.length === 0 || ports.length > MOST_PORTS) refuse("it takes one port or more");
    config.ExposedPorts = { ...config.ExposedPorts, ...Object.fromEntries(ports.map((port) => [port, {}])) };
  },
  LABEL: (config, instruction) => {
    config.Labels = { ...config.Labels, ...Object.fromEntries(pairs(instruction)) };
  },
  USER: (config, instruction) => {
    config.User = oneWord(instruction);
  },
  VOLUME: (config, { rest, environment, refuse }) => {
    const paths = jsonForm(rest) ?? splitWords(rest, environment);
    if (paths.length === 0 || paths.includes("")) refuse("it takes one path or more");
    config.Volumes = { ...config.Volumes, ...Object.fromEntries(paths.map((path) => [path, {}])) };
  },
  WORKDIR: (config, instruction) => {
    config.WorkingDir = posix.resolve("/", config.WorkingDir ?? "/", splitWords(instruction.rest, instruction.environment).join(" "));
  },
  STOPSIGNAL: (config, instruction) => {
    const signal = oneWord(instruction);
    if ((parseSignal(signal) ?? 0) === 0) instruction.refuse(`${JSON.stringify(signal)} is no signal`);
    config.StopSignal = signal;
  },
  HEALTHCHECK: (config, instruction) => {
    config.Healthcheck = healthCheck(instruction);
  },
  ONBUILD: (config, { rest, refuse }) => {
    const [trigger = ""] = rest.toUpperCase().split(/\s/, 1);
    if (["ONBUILD", "FROM", "MAINTAINER"].includes(trigger)) refuse(`${trigger} isn't allowed as an ONBUILD trigger`);
    config.OnBuild = [...(config.OnBuild ?? []), rest];
  },
};

/** May stand without words: they take something away. */
const MAY_BE_EMPTY = ["CMD", "ENTRYPOINT"];

/**
 * A configuration with changes made to it, in order.
 * @param changes each one an instruction, such as `CMD ["bash"]` or `ENV A=1`
 * @throws InvalidInputError naming the change.
 */
export function applyChanges(config: ExecutionConfig, changes: readonly string[]): ExecutionConfig {
  const draft: Draft = { ...config };
  let hasCommand = false;
  for (const [at, change] of changes.entries()) {
    const field = `change[${at}]`;
    const refuse = (message: string): never => {
      throw new InvalidInputError(`the change ${JSON.stringify(change.slice(0, 200))}`, [{ field, message }]);
    };
    if (change.length > LONGEST_CHANGE || change.includes("\0")) refuse(`it is longer than ${LONGEST_CHANGE} characters, or holds a NUL`);
    const [name, rest] = firstWord(change);
    const key = name.toUpperCase();
    const apply = Object.hasOwn(INSTRUCTIONS, key) ? INSTRUCTIONS[key] : undefined;
    if (apply === undefined) {
      refuse(`${name === "" ? "it is empty" : `${name} is not a valid change command`}; known are ${Object.keys(INSTRUCTIONS).join(", ")}`);
    } else {
      if (rest === "" && !MAY_BE_EMPTY.includes(key)) refuse("it takes at least one word");
      const environment: Environment = (variable) =>
        draft.Env?.find((entry) => entry.startsWith(`${variable}=`))?.slice(variable.length + 1);
      apply(draft, { rest, environment, hasCommand, refuse });
      hasCommand ||= key === "CMD";
    }
  }
  return draft;
}
