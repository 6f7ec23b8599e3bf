// `teu image inspect`: images in docker's JSON, or through a template; images anywhere else (docker://…, oci:…) in skopeo's.
import { TeuError } from "../../base/errors.ts";
import type { Engine } from "../../engine/engine.ts";
import { type ImageEngine, openImages } from "../../engine/images/image-engine.ts";
import { type InspectedImage, inspectImage } from "../../engine/images/inspect.ts";
import { type Platform, parsePlatform } from "../../spec/image/platform.ts";
import { command } from "../command.ts";
import { engineOf } from "../engine.ts";
import { isMap, NIL_LIST, NIL_MAP, type Value, withHidden } from "../format/template/values.ts";
import { PLATFORM_FLAGS } from "../registry-flags.ts";
import { meansElsewhere, REMOTE_FLAGS } from "./image/remote-flags.ts";
import { type Finder, showObjects } from "./show-objects.ts";

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
    const engine = engineOf(context);
    const host = engine.runtime.facts().arch;
    const platform = flags.platform === undefined ? undefined : parsePlatform(flags.platform, { os: "linux", architecture: host });
    if (meansElsewhere(flags, args)) return (await import("./image/show-remote.ts")).showRemote(context, args, { flags, platform });
    using finder = imageFinder(engine, { ...(platform === undefined ? {} : { platform }), only: true });
    return await showObjects(context, args, {
      format: flags.format,
      finders: [finder],
      missing: (name) => `No such image: ${name}`,
    });
  },
});

/** Looks images up by name; opened by the first that is asked for. With `only` nothing but images is meant: what is none is an error. */
export function imageFinder(
  engine: Engine,
  { platform, only }: { readonly platform?: Platform; readonly only: boolean },
): Finder & Disposable {
  let images: ImageEngine | undefined;
  return {
    async find(name) {
      images ??= openImages(engine);
      try {
        const found = await inspectImage(images, name, platform);
        return { plain: asValue(found), whole: withAllFields(found) };
      } catch (error) {
        if (!only && error instanceof TeuError && isMissing(error)) return undefined;
        throw error;
      }
    },
    [Symbol.dispose]: () => images?.[Symbol.dispose](),
  };
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
  ExposedPorts: NIL_MAP,
  Env: NIL_LIST,
  Entrypoint: NIL_LIST,
  Cmd: NIL_LIST,
  Volumes: NIL_MAP,
  WorkingDir: "",
  Labels: NIL_MAP,
  StopSignal: "",
  ArgsEscaped: false,
  Healthcheck: null,
  OnBuild: NIL_LIST,
  Shell: NIL_LIST,
};

function withAllFields(image: InspectedImage): Value {
  const whole = asValue(image) as Readonly<Record<string, Value>>; // inspectImage makes an object
  const config = withHidden(isMap(whole.Config) ? whole.Config : {}, NO_CONFIG);
  return withHidden({ ...whole, Config: config }, { Variant: "", OsVersion: "" });
}
