// What an image's configuration and the command line make together: image-spec 1.1 config.md, "Properties", by docker's rules. Pure.
import { posix } from "node:path";
import { InvalidInputError } from "../../base/errors.ts";
import type { ExecutionConfig, HealthCheck } from "../../spec/image/image-config.ts";

/** What the command line says; what it leaves out is the image's. */
export interface ImageRequest {
  /** `--entrypoint`: one program; an empty one clears the image's. Either way the image's command is not used. */
  readonly entrypoint?: string;
  /** The words after the image's name. */
  readonly args: readonly string[];
  /** `NAME=VALUE`, and `NAME` to take the image's away. */
  readonly env: readonly string[];
  readonly workdir?: string;
  readonly user?: string;
  readonly stopSignal?: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ImageDefaults {
  readonly args: readonly string[];
  /** How many of them, from the first, are the entrypoint. */
  readonly entrypoint: number;
  /** `NAME=VALUE`, each name once. */
  readonly env: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** As `USER` and `--user` write it; empty for root. */
  readonly user: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Destinations of the volumes that the image declares, absolute and clean, in order. */
  readonly volumes: readonly string[];
  /** `80/tcp` */
  readonly exposedPorts: readonly string[];
  readonly stopSignal?: string;
  /** Seconds. */
  readonly stopTimeout?: number;
  readonly healthCheck?: HealthCheck;
}

/** @throws InvalidInputError when neither says what to run, or a volume has no place */
export function imageDefaults(config: ExecutionConfig | undefined, asked: ImageRequest): ImageDefaults {
  const { StopSignal, StopTimeout, Healthcheck } = config ?? {};
  const stopSignal = asked.stopSignal ?? (StopSignal === "" ? undefined : StopSignal);
  return {
    ...argsOf(config, asked),
    env: mergeEnvironment(config?.Env ?? [], asked.env),
    cwd: posix.resolve("/", asked.workdir ?? config?.WorkingDir ?? ""),
    user: asked.user ?? config?.User ?? "",
    labels: { ...config?.Labels, ...asked.labels },
    volumes: volumesOf(config),
    exposedPorts: Object.keys(config?.ExposedPorts ?? {}),
    ...(stopSignal === undefined ? {} : { stopSignal }),
    ...(StopTimeout === undefined ? {} : { stopTimeout: StopTimeout }),
    ...(Healthcheck === undefined ? {} : { healthCheck: Healthcheck }),
  };
}

/** Entrypoint, then command: an entrypoint from the command line drops both of the image's, words of one's own drop its command. */
function argsOf(
  config: ExecutionConfig | undefined,
  { entrypoint, args }: ImageRequest,
): { readonly args: readonly string[]; readonly entrypoint: number } {
  const first = entrypoint === undefined ? (config?.Entrypoint ?? []) : entrypoint === "" ? [] : [entrypoint];
  const words = args.length > 0 || entrypoint !== undefined ? args : (config?.Cmd ?? []);
  if (first.length + words.length > 0) return { args: [...first, ...words], entrypoint: first.length };
  throw new InvalidInputError("the command line", [{ field: "COMMAND", message: "is missing, and the image names none" }]);
}

/** What comes later wins, in the place of what was there. */
export function mergeEnvironment(image: readonly string[], asked: readonly string[]): string[] {
  const merged = new Map<string, string | undefined>();
  for (const entry of [...image, ...asked]) {
    const at = entry.indexOf("=");
    merged.set(at < 0 ? entry : entry.slice(0, at), at < 0 ? undefined : entry);
  }
  return [...merged.values()].filter((entry) => entry !== undefined);
}

function volumesOf(config: ExecutionConfig | undefined): string[] {
  const places = Object.keys(config?.Volumes ?? {}).map((place) => posix.resolve("/", place));
  if (places.includes("/")) {
    throw new InvalidInputError("the configuration of the image", [
      { field: "Volumes", message: "one is at /, the root of the container" },
    ]);
  }
  return [...new Set(places)];
}
