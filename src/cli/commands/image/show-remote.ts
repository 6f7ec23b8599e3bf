// Prints images that are not in the store, as skopeo inspect does.
import { openImages } from "../../../engine/images/image-engine.ts";
import { inspectRemote, type RemoteImage, readRemote } from "../../../engine/images/inspect-remote.ts";
import { retrying } from "../../../engine/images/retry.ts";
import { parseImageConfig } from "../../../spec/image/parse-config.ts";
import type { Platform } from "../../../spec/image/platform.ts";
import { type CliContext, UsageError } from "../../command.ts";
import { accessTo } from "../../end-flags.ts";
import { engineOf } from "../../engine.ts";
import { inspectOutput } from "../../format/inspect-output.ts";
import { Structure, type Value } from "../../format/template/values.ts";
import type { RemoteFlags } from "./remote-flags.ts";

const INDENT = 4;

export interface ShowRemoteOptions {
  readonly flags: RemoteFlags & { readonly format?: string | undefined };
  readonly platform: Platform | undefined;
}

/** The first that fails ends it. */
export async function showRemote(context: CliContext, names: readonly string[], { flags, platform }: ShowRemoteOptions): Promise<number> {
  const { raw = false, config = false, format } = flags;
  if (raw && format !== undefined) throw new UsageError("--raw and --format exclude each other");
  const daemon = context.env.DOCKER_HOST === "" ? undefined : context.env.DOCKER_HOST;
  const options = { daemonHost: flags["daemon-host"] ?? daemon, platform };
  using images = openImages(engineOf(context));
  const print = (value: Value) =>
    context.out(format === undefined || format === "" ? `${JSON.stringify(value, null, INDENT)}\n` : inspectOutput([value], format));
  for (const name of names) {
    const access = accessTo(name, flags);
    await retrying(flags["retry-times"] ?? 0, async () => {
      if (!raw && !config)
        return print(shown(await inspectRemote(images, name, { ...options, access, tags: flags["no-tags"] !== true }), format));
      const bytes = await readRemote(images, name, { ...options, access, config });
      if (raw) return context.out(Buffer.from(bytes).toString("utf8"));
      parseImageConfig(bytes);
      print(JSON.parse(Buffer.from(bytes).toString("utf8")));
    });
  }
  return 0;
}

/** What a template may ask for is what there can be; JSON leaves out the name of what has none. */
function shown(image: RemoteImage, format: string | undefined): Value {
  const plain: { readonly [name: string]: Value } = { ...image, LayersData: image.LayersData.map((layer) => ({ ...layer })) };
  if (format === undefined || format === "" || format === "json") return plain;
  return new Structure("inspect.Output", new Map(Object.entries({ Name: "", ...plain }).map(([name, value]) => [name, () => value])));
}
