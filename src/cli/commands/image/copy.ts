// `teu image copy`: skopeo's copy.
import { writeFileSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";
import { copy } from "../../../engine/images/copy.ts";
import { openImages } from "../../../engine/images/image-engine.ts";
import { retrying } from "../../../engine/images/retry.ts";
import type { MediaFamily } from "../../../spec/image/media-types.ts";
import { parsePlatform } from "../../../spec/image/platform.ts";
import { type CliContext, command, UsageError } from "../../command.ts";
import { DESTINATION_FLAGS, RETRY_FLAGS, refuse, refusedFlags, SOURCE_FLAGS } from "../../end-flags.ts";
import { engineOf } from "../../engine.ts";
import { openProgress, PROGRESS_FLAGS } from "../../progress/progress.ts";
import { registryAccess } from "../../registry-access.ts";
import { PLATFORM_FLAGS } from "../../registry-flags.ts";

const SIGNING = "images are not signed yet";
const ENCRYPTION = "layers are not encrypted";
const SHARED = "layouts keep their blobs themselves";

const REFUSED = {
  "sign-by": SIGNING,
  "sign-by-sigstore-private-key": SIGNING,
  "sign-by-sigstore": SIGNING,
  "sign-identity": SIGNING,
  "sign-passphrase-file": SIGNING,
  "encrypt-layer": ENCRYPTION,
  "encryption-key": ENCRYPTION,
  "decryption-key": ENCRYPTION,
  "src-shared-blob-dir": SHARED,
  "dest-shared-blob-dir": SHARED,
  "dest-precompute-digests": "layers are sent as they are, so that their digests are known",
  "src-no-creds": "credentials are sent only where they are kept for",
  "dest-no-creds": "credentials are sent only where they are kept for",
  "src-authfile": "name it in REGISTRY_AUTH_FILE",
  "dest-authfile": "name it in REGISTRY_AUTH_FILE",
  authfile: "name it in REGISTRY_AUTH_FILE",
} as const;

const FAMILIES: Readonly<Record<string, MediaFamily>> = { oci: "oci", docker: "docker", v2s2: "docker" };

export default command({
  name: "image copy",
  summary: "Copy an image between registries, files, docker and the store",
  usage: "[flags] SOURCE DESTINATION",
  flags: {
    all: { type: "boolean", short: "a", summary: "Copy every image of an index" },
    "multi-arch": { type: "string", oneOf: ["system", "all", "index-only"], value: "MODE", summary: "Of an index: system or all" },
    ...PLATFORM_FLAGS,
    format: { type: "string", short: "f", oneOf: ["oci", "docker", "v2s2", "v2s1"], value: "FORMAT", summary: "Format of the manifests: oci or docker (also v2s2)" },
    "preserve-digests": { type: "boolean", summary: "Refuse to change a digest" },
    "additional-tag": { type: "string", multiple: true, value: "TAG|NAME", summary: "More names at the destination" },
    digestfile: { type: "string", value: "FILE", completes: "files", summary: "Write the digest to a file" },
    "dest-compress": { type: "boolean", summary: "Compress layers with gzip" },
    "dest-compress-format": { type: "string", oneOf: ["gzip", "zstd"], value: "FORMAT", summary: "Compress layers with gzip or zstd" },
    "dest-compress-level": { type: "integer", value: "N", summary: "gzip: 1 to 9 (6); zstd: 1 to 19 (3)" },
    "dest-decompress": { type: "boolean", summary: "Leave layers uncompressed" },
    "dest-oci-accept-uncompressed-layers": { type: "boolean", summary: "Keep layers without compression as they are, which is done in any case" },
    "remove-signatures": { type: "boolean", summary: "Copy no signatures, which is done in any case" },
    "src-daemon-host": { type: "string", value: "unix://PATH", summary: "Where the docker of the source listens" },
    "dest-daemon-host": { type: "string", value: "unix://PATH", summary: "Where the docker of the destination listens" },
    ...SOURCE_FLAGS,
    ...DESTINATION_FLAGS,
    ...RETRY_FLAGS,
    ...PROGRESS_FLAGS,
    ...refusedFlags(REFUSED),
  },
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
    if (flags.format === "v2s1") throw new UsageError("--format v2s1 is not built: docker's manifests of 2014 have no configuration");
    if (flags["multi-arch"] === "index-only") throw new UsageError("--multi-arch index-only is not built: an index goes with its images");
    if (flags.all === true && flags["multi-arch"] === "system") throw new UsageError("--all and --multi-arch system exclude each other");
    using images = openImages(engineOf(context));
    using progress = openProgress(flags, takesOutput(to) ? { ...context, out: context.err } : context);
    const daemon = context.env.DOCKER_HOST === "" ? undefined : context.env.DOCKER_HOST;
    const ending = endSignal();
    const { sink } = progress;
    const { digest } = await retrying(
      flags["retry-times"] ?? 0,
      () =>
        copy(images, from, to, {
          source: { access: sourceAccess(flags), daemonHost: flags["src-daemon-host"] ?? daemon, onLine: (text) => sink({ kind: "message", text }) },
          destination: { access: destinationAccess(flags), daemonHost: flags["dest-daemon-host"] ?? daemon },
          platform: flags.platform === undefined ? undefined : parsePlatform(flags.platform, images.platform),
          all: flags.all === true || flags["multi-arch"] === "all",
          format: flags.format === undefined ? undefined : FAMILIES[flags.format],
          preserveDigests: flags["preserve-digests"] === true,
          compression: compressionOf(flags),
          compressionLevel: flags["dest-compress-level"],
          additionalTags: flags["additional-tag"] ?? [],
          signal: ending,
          onProgress: sink,
        }),
      ending,
    );
    if (flags.digestfile !== undefined) writeDigest(flags.digestfile, digest);
    sink({ kind: "message", text: digest, last: true });
    return 0;
  },
});
