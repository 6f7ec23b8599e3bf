// The one way in for image configurations, and the way out for those that we make or change (image-spec 1.1 config.md). Strict in types;
// lenient where docker always was: null for an empty list, a rootfs without a type, a command that is one string, no platform.
import { InvalidInputError } from "../../base/errors.ts";
import { readJson } from "../json/read.ts";
import { anyString, boolean, integer, type OptionalField, object, optional, record, type Shape } from "../json/shape.ts";
import { canonicalJson } from "./canonical.ts";
import type { ExecutionConfig, HealthCheck, HistoryEntry, ImageConfig } from "./image-config.ts";
import { MOST_LAYERS } from "./parse-manifest.ts";
import type { Platform } from "./platform.ts";
import { atMost, digestShape, isObject, nullAsEmpty, strings, withFields } from "./shapes.ts";

/** Every instruction of a Dockerfile makes an entry, empty layer or not. */
const MOST_HISTORY = 10_000;

const count = integer(0, Number.MAX_SAFE_INTEGER);

/** docker's older clients wrote a command of one word as a string, and docker still reads it. */
const command: Shape<readonly string[]> = (value, trail) => strings(typeof value === "string" ? [value] : value, trail);

/** A set, written as an object of empty objects: nothing but the names means anything. */
const set: OptionalField<Readonly<Record<string, unknown>>> = optional(record<unknown>(() => ({})));

const executionConfig = object<ExecutionConfig>({
  User: optional(anyString),
  ExposedPorts: set,
  Env: optional(strings),
  Entrypoint: optional(command),
  Cmd: optional(command),
  Volumes: set,
  WorkingDir: optional(anyString),
  Labels: optional(record(anyString)),
  StopSignal: optional(anyString),
  ArgsEscaped: optional(boolean),
  Healthcheck: optional(
    object<HealthCheck>({
      Test: optional(strings),
      Interval: optional(count),
      Timeout: optional(count),
      StartPeriod: optional(count),
      StartInterval: optional(count),
      Retries: optional(count),
    }),
  ),
  OnBuild: optional(strings),
  Shell: optional(command),
  StopTimeout: optional(integer(-1, Number.MAX_SAFE_INTEGER)),
});

const historyEntry = object<HistoryEntry>({
  created: optional(anyString),
  created_by: optional(anyString),
  author: optional(anyString),
  comment: optional(anyString),
  empty_layer: optional(boolean),
});

const layersType: Shape<"layers"> = (value, trail) => (value === "layers" ? "layers" : trail.refuse('must be "layers"'));

const rootfs = nullAsEmpty(["diff_ids"], object<ImageConfig["rootfs"]>({ type: layersType, diff_ids: atMost(MOST_LAYERS, digestShape) }));

const wholeShape = object<ImageConfig>({
  created: optional(anyString),
  author: optional(anyString),
  architecture: anyString,
  os: anyString,
  variant: optional(anyString),
  "os.version": optional(anyString),
  "os.features": optional(strings),
  config: optional(executionConfig),
  rootfs: (value, trail) => rootfs(withDefaults(value, { type: "layers" }), trail),
  history: optional(atMost(MOST_HISTORY, historyEntry)),
});

/** Sets the fields that are absent, null or empty. */
function withDefaults(value: unknown, defaults: Readonly<Record<string, string>>): unknown {
  if (!isObject(value)) return value;
  return withFields(value, Object.fromEntries(Object.entries(defaults).filter(([name]) => (value[name] ?? "") === "")));
}

const configShape: Shape<ImageConfig> = (value, trail) => wholeShape(withDefaults(value, { architecture: "", os: "" }), trail);

/**
 * Reads an image configuration. Fields that neither specification knows are left out; `rewriteImageConfig` keeps them. An image that does
 * not say its platform has empty strings there.
 * @throws InvalidInputError with every problem and its field (`rootfs.diff_ids[2]`).
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  return readJson(bytes, { subject: "the image configuration", shape: configShape }).value;
}

/** The platform that an image's configuration says. */
export function platformOfConfig(config: ImageConfig): Platform {
  const { architecture, os, variant } = config;
  const [version, features] = [config["os.version"], config["os.features"]];
  return {
    architecture,
    os,
    ...(variant !== undefined && { variant }),
    ...(version !== undefined && { "os.version": version }),
    ...(features !== undefined && { "os.features": features }),
  };
}

/** The bytes of a configuration that we make: canonical JSON. */
export function encodeImageConfig(config: ImageConfig): Uint8Array {
  return canonicalJson(config);
}

/** What docker says of the container that an image was made from: not true of what is made from the image. */
const OF_THE_ORIGINAL: readonly string[] = ["id", "parent", "container", "container_config", "docker_version", "throwaway", "Size"];

const KNOWN: ReadonlySet<string> = new Set([
  ...["created", "author", "architecture", "os", "variant", "os.version", "os.features", "config", "rootfs", "history"],
  ...OF_THE_ORIGINAL,
]);
const KNOWN_OF_EXECUTION: ReadonlySet<string> = new Set([
  ...["User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal"],
  ...["ArgsEscaped", "Healthcheck", "OnBuild", "Shell", "StopTimeout"],
]);

/**
 * The bytes of a configuration that was made from another, `original`: what the original has beyond the fields that we know is kept
 * ("implementations MUST NOT generate an error" on it, and whoever put it there wants it back), at the top and in `config`.
 * @throws InvalidInputError when the original is no configuration, or is nested more than 64 deep.
 */
export function rewriteImageConfig(original: Uint8Array, config: ImageConfig): Uint8Array {
  parseImageConfig(original);
  const parsed: unknown = JSON.parse(new TextDecoder().decode(original));
  const execution = { ...unknownFields(isObject(parsed) ? parsed.config : undefined, KNOWN_OF_EXECUTION), ...config.config };
  const whole = { ...unknownFields(parsed, KNOWN), ...config, ...(Object.keys(execution).length > 0 && { config: execution }) };
  if (isDeeperThan(whole, DEEPEST))
    throw new InvalidInputError("the image configuration", [{ field: "document", message: "is nested too deeply" }]);
  return canonicalJson(whole);
}

/** What is kept was never walked by a shape, and writing recurses where reading did not. */
const DEEPEST = 64;

/** Level by level, so that depth costs nothing. */
function isDeeperThan(value: unknown, most: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > most) return true;
    level = level.flatMap((member) => (typeof member === "object" && member !== null ? Object.values(member) : []));
  }
  return false;
}

function unknownFields(value: unknown, known: ReadonlySet<string>): Readonly<Record<string, unknown>> {
  return isObject(value) ? Object.fromEntries(Object.entries(value).filter(([name]) => !known.has(name))) : {};
}
