// Flags of `teu image inspect` about images that are not in the store, skopeo's, and when they are meant.
import { parseTransportName } from "../../../image/archives/transport-name.ts";
import { type Flags, type FlagValues, UsageError } from "../../command.ts";
import { REGISTRY_FLAGS, RETRY_FLAGS, refuse, refusedFlags } from "../../end-flags.ts";

const REFUSED = { "shared-blob-dir": "layouts keep their blobs themselves" } as const;

export const REMOTE_FLAGS = {
  config: { type: "boolean", summary: "The configuration, as JSON" },
  raw: { type: "boolean", summary: "The manifest, or with --config the configuration, byte for byte" },
  "no-tags": { type: "boolean", short: "n", summary: "Do not ask a registry for all tags" },
  "daemon-host": { type: "string", value: "unix://PATH", summary: "Where docker listens" },
  ...REGISTRY_FLAGS,
  ...RETRY_FLAGS,
  ...refusedFlags(REFUSED),
} as const satisfies Flags;

export type RemoteFlags = FlagValues<typeof REMOTE_FLAGS>;

/**
 * Whether names with a transport are meant, or a form that only those have.
 * @throws UsageError for both kinds of names at once, and for flags of a registry without one
 */
export function meansElsewhere(flags: RemoteFlags, names: readonly string[]): boolean {
  refuse(flags, REFUSED);
  const elsewhere = names.filter((name) => parseTransportName(name).transport !== "store").length;
  if (elsewhere > 0 && elsewhere < names.length)
    throw new UsageError("images of the store and from elsewhere are inspected one kind at a time");
  if (elsewhere > 0 || flags.raw === true || flags.config === true) return true;
  const given = Object.keys(REMOTE_FLAGS).find((name) => flags[name as keyof RemoteFlags] !== undefined);
  if (given !== undefined) throw new UsageError(`--${given} is for images from elsewhere: docker://NAME`);
  return false;
}
