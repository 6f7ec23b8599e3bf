// `teu image copy`: skopeo's copy.
import { type CopyOptions, copy } from "../../../engine/images/copy.ts";
import { openImages } from "../../../engine/images/image-engine.ts";
import { retrying } from "../../../engine/images/retry.ts";
import type { Compression } from "../../../spec/image/media-types.ts";
import { parsePlatform } from "../../../spec/image/platform.ts";
import { command, type Flags, type FlagValues, UsageError } from "../../command.ts";
import { DESTINATION_FLAGS, endAccess, RETRY_FLAGS, refuse, refusedFlags, SOURCE_FLAGS } from "../../end-flags.ts";
import { engineOf } from "../../engine.ts";
import { interruptible } from "../../interruption.ts";
import { openProgress, PROGRESS_FLAGS } from "../../progress/progress.ts";
import { PLATFORM_FLAGS } from "../../registry-flags.ts";
import { writeDigest } from "./digest-file.ts";
import { FORMATS, familyOf } from "./formats.ts";

const SIGNING = "images are not signed yet";
const ENCRYPTION = "layers are not encrypted";
const SHARED = "layouts keep their blobs themselves";

const REFUSED = {
  "sign-by": SIGNING,
  "sign-by-sigstore": SIGNING,
  "sign-by-sigstore-private-key": SIGNING,
  "sign-identity": SIGNING,
  "sign-passphrase-file": SIGNING,
  "encrypt-layer": ENCRYPTION,
  "encryption-key": ENCRYPTION,
  "decryption-key": ENCRYPTION,
  "src-shared-blob-dir": SHARED,
  "dest-shared-blob-dir": SHARED,
} as const;

const FLAGS = {
  all: { type: "boolean", short: "a", summary: "Copy every image of an index" },
  "multi-arch": { type: "string", oneOf: ["system", "all", "index-only"], value: "MODE", summary: "Of an index: system or all" },
  ...PLATFORM_FLAGS,
  format: {
    type: "string",
    short: "f",
    oneOf: FORMATS,
    value: "FORMAT",
    summary: "Format of the manifests: oci or docker (also v2s2)",
  },
  "preserve-digests": { type: "boolean", summary: "Refuse to change a digest" },
  "additional-tag": { type: "string", multiple: true, value: "TAG|NAME", summary: "More names at the destination" },
  digestfile: { type: "string", value: "FILE", completes: "files", summary: "Write the digest to a file" },
  "dest-compress": { type: "boolean", summary: "Compress layers with gzip" },
  "dest-compress-format": { type: "string", oneOf: ["gzip", "zstd"], value: "FORMAT", summary: "Compress layers with gzip or zstd" },
  "dest-compress-level": { type: "integer", value: "N", summary: "gzip: 1 to 9 (6); zstd: 1 to 19 (3)" },
  "dest-decompress": { type: "boolean", summary: "Leave layers uncompressed" },
  "dest-oci-accept-uncompressed-layers": { type: "boolean", summary: "Keep layers without compression as they are (true)" },
  "dest-precompute-digests": { type: "boolean", summary: "Ask for blobs by their digest before they are sent (true)" },
  "remove-signatures": { type: "boolean", summary: "Copy no signatures (true)" },
  "src-daemon-host": { type: "string", value: "unix://PATH", summary: "Where the docker of the source listens" },
  "dest-daemon-host": { type: "string", value: "unix://PATH", summary: "Where the docker of the destination listens" },
  authfile: { type: "string", value: "FILE", completes: "files", summary: "The one file to look for credentials in" },
  ...SOURCE_FLAGS,
  ...DESTINATION_FLAGS,
  ...RETRY_FLAGS,
  ...PROGRESS_FLAGS,
  ...refusedFlags(REFUSED),
} as const satisfies Flags;

type CopyFlags = FlagValues<typeof FLAGS>;

export default command({
  name: "image copy",
  summary: "Copy an image between registries, files, docker and the store",
  usage: "[flags] SOURCE DESTINATION",
  flags: FLAGS,
  args: { min: 2, max: 2, completes: "images" },
  failed: 1,
  examples: [
    "teu image copy docker://registry.example/app:1 oci:app:1",
    "teu image copy --all docker://a.example/app docker://b.example/app",
    "teu image copy bootstrap:debian/bookworm debian:bookworm",
    "teu image copy debian:bookworm docker-archive:/dev/stdout | ssh host docker load",
  ],
  async run({ flags, args: [from = "", to = ""], context }) {
    refuse(flags, REFUSED);
    checkWords(flags);
    for (const [flag, name] of [
      ["src-daemon-host", from],
      ["dest-daemon-host", to],
    ] as const)
      if (flags[flag] !== undefined && !name.startsWith("docker-daemon:")) throw new UsageError(`--${flag} is for docker-daemon:NAME`);
    using images = openImages(engineOf(context));
    const daemon = context.env.DOCKER_HOST === "" ? undefined : context.env.DOCKER_HOST;
    const options: CopyOptions = {
      source: { access: endAccess(flags, { prefix: "src", isRegistry: isRegistry(from) }), daemonHost: flags["src-daemon-host"] ?? daemon },
      destination: {
        access: endAccess(flags, { prefix: "dest", isRegistry: isRegistry(to) }),
        daemonHost: flags["dest-daemon-host"] ?? daemon,
      },
      platform: flags.platform === undefined ? undefined : parsePlatform(flags.platform, images.platform),
      all: flags.all === true || flags["multi-arch"] === "all",
      format: familyOf(flags.format),
      preserveDigests: flags["preserve-digests"] === true,
      compression: compressionOf(flags),
      compressionLevel: flags["dest-compress-level"],
      additionalTags: flags["additional-tag"] ?? [],
    };
    return await interruptible(context, "the destination is as it was", async (signal) => {
      using view = openProgress(flags, takesOutput(to) ? { ...context, out: context.err } : context);
      const { sink } = view;
      const attempt = () => copy(images, from, to, { ...options, signal, onProgress: sink });
      const { digest } = await retrying(flags["retry-times"] ?? 0, attempt, { signal });
      if (flags.digestfile !== undefined) writeDigest(flags.digestfile, digest);
      sink({ kind: "message", text: digest, last: true });
      return 0;
    });
  },
});

const isRegistry = (name: string) => name.startsWith("docker://");

/** Words that flags know and teu does not. */
function checkWords(flags: CopyFlags): void {
  if (flags["multi-arch"] === "index-only") throw new UsageError("--multi-arch index-only is not built: an index goes with its images");
  if (flags.all === true && flags["multi-arch"] === "system") throw new UsageError("--all and --multi-arch system exclude each other");
  for (const name of ["dest-oci-accept-uncompressed-layers", "dest-precompute-digests", "remove-signatures"] as const)
    if (flags[name] === false) throw new UsageError(`--${name}=false is not built`);
}

function compressionOf(flags: CopyFlags): Compression | undefined {
  const { "dest-compress": compress = false, "dest-decompress": decompress = false, "dest-compress-format": format } = flags;
  if (decompress && (compress || format !== undefined)) throw new UsageError("--dest-decompress and --dest-compress exclude each other");
  const wanted = decompress ? "none" : (format ?? (compress ? "gzip" : undefined));
  const level = flags["dest-compress-level"];
  if (level === undefined) return wanted;
  const most = wanted === "gzip" ? 9 : wanted === "zstd" ? 19 : 0;
  if (level < 1 || level > most) throw new UsageError("--dest-compress-level is 1 to 9 of --dest-compress-format gzip, or 1 to 19 of zstd");
  return wanted;
}

/** Whether the copy itself goes to standard output, so that nothing else may. */
function takesOutput(to: string): boolean {
  return /^(?:docker|oci)-archive:\/(?:dev\/stdout|dev\/fd\/1|proc\/self\/fd\/1)(?::|$)/.test(to);
}
