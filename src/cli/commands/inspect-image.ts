// `teu image inspect`: images in docker's JSON, or through a template; images anywhere else (docker://…, oci:…) in skopeo's.
import { TeuError } from "../../base/errors.ts";
import { openImages } from "../../engine/images/image-engine.ts";
import { type InspectedImage, inspectImage } from "../../engine/images/inspect.ts";
import { type Platform, parsePlatform } from "../../spec/image/platform.ts";
import { type CliContext, command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { inspectOutput } from "../format/inspect-output.ts";
import type { Value } from "../format/template/values.ts";
import { PLATFORM_FLAGS } from "../registry-flags.ts";
import { meansElsewhere, REMOTE_FLAGS } from "./image/remote-flags.ts";

export const INSPECT_FORMAT = {
  format: { type: "string", short: "f", value: "FORMAT", summary: "json or a Go template" },
} as const;

export default command({
  name: "image inspect",
  summary: "Show all that is known of images",
  usage: "[flags] IMAGE…",
  flags: { ...INSPECT_FORMAT, ...PLATFORM_FLAGS, ...REMOTE_FLAGS },
  args: { min: 1, max: Number.POSITIVE_INFINITY, completes: "images" },
  failed: 1,
  examples: [
    "teu image inspect --format '{{json .Config.Env}}' debian:12",
    "teu image inspect docker://registry.example/app:1          without pulling it",
    "teu image inspect --raw docker://registry.example/app:1    its manifest, byte for byte",
  ],
  async run({ flags, args, context }) {
    const host = engineOf(context).runtime.facts().arch;
    const platform = flags.platform === undefined ? undefined : parsePlatform(flags.platform, { os: "linux", architecture: host });
    if (meansElsewhere(flags, args)) return (await import("./image/show-remote.ts")).showRemote(context, args, { flags, platform });
    return showImages(context, args, { format: flags.format, platform });
  },
});

export interface ShowOptions {
  readonly format: string | undefined;
  readonly platform?: Platform | undefined;
  /** What is said of a name that means no image, in place of docker's "No such image". */
  readonly missing?: (name: string) => string;
}

/** Prints those that are there; what is not is told after them, and the exit status is 1, as in docker. */
export async function showImages(context: CliContext, names: readonly string[], options: ShowOptions): Promise<number> {
  const { format, platform } = options;
  using images = openImages(engineOf(context));
  const found: InspectedImage[] = [];
  const problems: string[] = [];
  for (const name of names) {
    try {
      found.push(await inspectImage(images, name, platform));
    } catch (error) {
      if (!(error instanceof TeuError)) throw error;
      problems.push(isMissing(error) ? (options.missing?.(name) ?? error.message) : error.message);
    }
  }
  const isTemplate = format !== undefined && format !== "" && format !== "json";
  context.out(inspectOutput(found.map(isTemplate ? withAllFields : asValue), format));
  for (const problem of problems) context.err(`teu: ${problem}\n`);
  return problems.length === 0 ? 0 : 1;
}

/** There is no such image; it is not that one lacks a platform, or that a part of it was lost. */
function isMissing({ code, message }: TeuError): boolean {
  return code === "not-found" && message.startsWith("No such image");
}

/** JSON data are values of templates. */
function asValue(image: InspectedImage): Value {
  return image as unknown as Value;
}

/** What docker's structures have where an image says nothing: a template may ask for it. */
const NO_CONFIG: Readonly<Record<string, Value>> = {
  User: "",
  ExposedPorts: {},
  Env: [],
  Entrypoint: [],
  Cmd: [],
  Volumes: {},
  WorkingDir: "",
  Labels: {},
  StopSignal: "",
  ArgsEscaped: false,
  Healthcheck: null,
  OnBuild: [],
  Shell: [],
};

function withAllFields(image: InspectedImage): Value {
  return asValue({ Variant: "", OsVersion: "", ...image, Config: { ...NO_CONFIG, ...image.Config } });
}
