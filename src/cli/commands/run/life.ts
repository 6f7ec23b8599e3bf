// Flags about how a container lives and ends.
import type { LifeSettings, RestartPolicy } from "../../../containers/document/life.ts";
import { NO_RESTART, RESTART_POLICIES } from "../../../containers/document/life.ts";
import { parseSignal } from "../../../kernel/tables/signals.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";
import { readInteger } from "./values.ts";

// biome-ignore format: table
export const LIFE_FLAGS = {
  init:           { type: "boolean", summary: "Run a small init as process 1, which reaps zombies and hands signals on" },
  restart:        { type: "string", value: "POLICY", summary: "Start it again: no, on-failure[:N], always, unless-stopped or on-unhealthy[:N]" },
  rm:             { type: "boolean", summary: "Delete the container when it has ended" },
  "stop-signal":  { type: "string", value: "SIGNAL", summary: "The signal that asks the container to end" },
  "stop-timeout": { type: "string", value: "SECONDS", summary: "How long a stopped container may take to end (10); -1 is for ever" },
  timeout:        { type: "string", value: "SECONDS", summary: "The longest that a run may take" },
} as const satisfies Flags;

type LifeParts = Omit<LifeSettings, "health">;

const LONGEST = 2 ** 31 - 1;

export function lifeOf(flags: FlagValues<typeof LIFE_FLAGS>, problems: Problems): LifeParts {
  const { "stop-signal": signal } = flags;
  if (signal !== undefined && (parseSignal(signal) ?? 0) === 0) problems.refuse("--stop-signal", `${JSON.stringify(signal)} is no signal`);
  const restart = restartOf(flags.restart, problems);
  if (flags.rm === true && restart.name !== "no")
    problems.refuse("--restart", "conflicting options: cannot specify both --restart and --rm");
  const stopTimeout = readInteger("--stop-timeout", flags["stop-timeout"], { min: -1, max: LONGEST }, problems);
  const timeout = readInteger("--timeout", flags.timeout, { min: 0, max: LONGEST }, problems);
  return {
    remove: flags.rm === true,
    restart,
    init: flags.init === true,
    ...(signal === undefined ? {} : { stopSignal: signal }),
    ...(stopTimeout === undefined ? {} : { stopTimeout }),
    ...(timeout === undefined || timeout === 0 ? {} : { timeout }),
  };
}

/** The policy of `--restart`, of `update` too. */
export function restartOf(text: string | undefined, problems: Problems): RestartPolicy {
  if (text === undefined || text === "") return NO_RESTART;
  const at = text.indexOf(":");
  const [word, count] = at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
  const name = RESTART_POLICIES.find((policy) => policy === word);
  if (name === undefined) problems.refuse("--restart", `invalid restart policy: ${word} is none of ${RESTART_POLICIES.join(", ")}`);
  else if (count !== undefined && !name.startsWith("on-"))
    problems.refuse("--restart", `invalid restart policy: maximum retry count cannot be used with restart policy '${name}'`);
  else if (count !== undefined && !/^\d{1,9}$/.test(count))
    problems.refuse("--restart", `invalid restart policy: ${JSON.stringify(count)} is not a number of retries`);
  return name === undefined ? NO_RESTART : { name, retries: Number(count ?? 0) };
}
