// Flags about how a container is asked whether it is well: what they say in place of the image's HEALTHCHECK.
import { InvalidInputError } from "../../../base/errors.ts";
import { parseDuration } from "../../../base/units.ts";
import type { HealthCheck } from "../../../spec/image/image-config.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";
import { readInteger } from "./values.ts";

// biome-ignore format: table
export const HEALTH_FLAGS = {
  "health-cmd":            { type: "string", value: "COMMAND", summary: "What the container's shell runs to check it; none is no check" },
  "health-interval":       { type: "string", value: "DURATION", summary: "Time between two checks (30s)" },
  "health-retries":        { type: "string", value: "N", summary: "Failures in a row that make it unhealthy (3)" },
  "health-start-interval": { type: "string", value: "DURATION", summary: "Time between two checks while it starts (5s)" },
  "health-start-period":   { type: "string", value: "DURATION", summary: "How long it may take to start, while failures do not count" },
  "health-timeout":        { type: "string", value: "DURATION", summary: "The longest that a check may take (30s)" },
  "no-healthcheck":        { type: "boolean", summary: "Check nothing, whatever the image says" },
} as const satisfies Flags;

// biome-ignore format: table
const DURATIONS = [
  { flag: "health-interval",       field: "Interval" },
  { flag: "health-start-interval", field: "StartInterval" },
  { flag: "health-start-period",   field: "StartPeriod" },
  { flag: "health-timeout",        field: "Timeout" },
] as const;

const NANOSECONDS = 1e6;

export function healthOf(flags: FlagValues<typeof HEALTH_FLAGS>, problems: Problems): HealthCheck | undefined {
  const { "health-cmd": command, "no-healthcheck": none } = flags;
  const retries = readInteger("--health-retries", flags["health-retries"], { min: 0, max: 1_000_000 }, problems);
  const durations = DURATIONS.flatMap(({ flag, field }) => {
    const text = flags[flag];
    const milliseconds = text === undefined ? undefined : problems.take(`--${flag}`, () => parseDuration(text));
    if (milliseconds !== undefined && milliseconds > 0 && milliseconds < 1) problems.refuse(`--${flag}`, "cannot be less than 1ms");
    return milliseconds === undefined ? [] : [[field, milliseconds * NANOSECONDS] as const];
  });
  const said = command !== undefined || retries !== undefined || durations.length > 0;
  if (none === true) {
    if (said) problems.refuse("--no-healthcheck", "conflicts with --health-* options");
    return { Test: ["NONE"] };
  }
  if (!said) return undefined;
  return {
    ...(command === undefined ? {} : { Test: command === "none" ? ["NONE"] : ["CMD-SHELL", command] }),
    ...Object.fromEntries(durations),
    ...(retries === undefined ? {} : { Retries: retries }),
  };
}

/**
 * The check of a container: the image's, with what was asked for otherwise.
 * @throws InvalidInputError for settings of a check that there is not
 */
export function joinHealth(image: HealthCheck | undefined, asked: HealthCheck | undefined): HealthCheck | undefined {
  if (asked === undefined) return image;
  const joined = { ...image, ...asked };
  if (joined.Test !== undefined && joined.Test.length > 0) return joined;
  throw new InvalidInputError("the command line", [{ field: "--health-cmd", message: "is missing, and the image has no check either" }]);
}
