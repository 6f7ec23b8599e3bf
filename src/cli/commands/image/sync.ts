// `teu image sync`: skopeo's sync.
import { openImages } from "../../../engine/images/image-engine.ts";
import { sync } from "../../../engine/images/sync.ts";
import { parsePlatform } from "../../../spec/image/platform.ts";
import { command, UsageError } from "../../command.ts";
import { DESTINATION_FLAGS, endAccess, RETRY_FLAGS, refuse, refusedFlags, SOURCE_FLAGS } from "../../end-flags.ts";
import { engineOf } from "../../engine.ts";
import { interruptible } from "../../interruption.ts";
import { openProgress, PROGRESS_FLAGS } from "../../progress/progress.ts";
import { certificatesIn } from "../../registry-access.ts";
import { PLATFORM_FLAGS } from "../../registry-flags.ts";
import { FORMATS, familyOf } from "./formats.ts";

const SIGNING = "images are not signed yet";

const REFUSED = {
  "sign-by": SIGNING,
  "sign-by-sigstore-private-key": SIGNING,
  "sign-passphrase-file": SIGNING,
} as const;

export default command({
  name: "image sync",
  summary: "Copy many images between registries and directories",
  usage: "--src TRANSPORT --dest TRANSPORT [flags] SOURCE DESTINATION",
  flags: {
    src: {
      type: "string",
      short: "s",
      oneOf: ["docker", "dir", "yaml"],
      value: "TRANSPORT",
      summary: "What SOURCE is: docker, dir or yaml",
    },
    dest: { type: "string", short: "d", oneOf: ["docker", "dir"], value: "TRANSPORT", summary: "What DESTINATION is: docker or dir" },
    scoped: { type: "boolean", summary: "Keep the source's whole name below the destination" },
    "dry-run": { type: "boolean", summary: "Say what would be copied" },
    "keep-going": { type: "boolean", summary: "Go on after an image that cannot be copied" },
    all: { type: "boolean", short: "a", summary: "Copy every image of an index" },
    ...PLATFORM_FLAGS,
    format: { type: "string", short: "f", oneOf: FORMATS, value: "FORMAT", summary: "Format of the manifests: oci or docker (also v2s2)" },
    "preserve-digests": { type: "boolean", summary: "Refuse to change a digest" },
    "remove-signatures": { type: "boolean", summary: "Copy no signatures (true)" },
    authfile: { type: "string", value: "FILE", completes: "files", summary: "The one file to look for credentials in" },
    ...SOURCE_FLAGS,
    ...DESTINATION_FLAGS,
    ...RETRY_FLAGS,
    ...PROGRESS_FLAGS,
    ...refusedFlags(REFUSED),
  },
  args: { min: 2, max: 2 },
  failed: 1,
  examples: [
    "teu image sync --src docker --dest dir registry.example/app /media/usb",
    "teu image sync --src yaml --dest docker --all images.yaml mirror.example",
  ],
  async run({ flags, args: [source = "", destination = ""], context }) {
    refuse(flags, REFUSED);
    const { src, dest } = flags;
    if (src === undefined || dest === undefined)
      throw new UsageError("--src and --dest say what the source and the destination are; see teu image sync --help");
    if (src === "dir" && dest === "dir") throw new UsageError("sync from 'dir' to 'dir' not implemented, consider using rsync instead");
    if (flags["remove-signatures"] === false) throw new UsageError("--remove-signatures=false is not built");
    const dryRun = flags["dry-run"] === true;
    using images = openImages(engineOf(context));
    const request = {
      from: { transport: src, place: source, access: endAccess(flags, { prefix: "src", isRegistry: src !== "dir" }) },
      to: { transport: dest, place: destination, access: endAccess(flags, { prefix: "dest", isRegistry: dest === "docker" }) },
      scoped: flags.scoped === true,
      dryRun,
      keepGoing: flags["keep-going"] === true,
      all: flags.all === true,
      platform: flags.platform === undefined ? undefined : parsePlatform(flags.platform, images.platform),
      format: familyOf(flags.format),
      preserveDigests: flags["preserve-digests"] === true,
      retries: flags["retry-times"] ?? 0,
      certificates: certificatesIn,
    };
    return await interruptible(context, "what was copied stays, and the next sync goes on from there", async (signal) => {
      using view = openProgress(flags, context);
      const say = (text: string, last = false) => view.sink({ kind: "message", text, last });
      const { copied, failed, sources } = await sync(images, {
        ...request,
        signal,
        onProgress: view.sink,
        onItem: ({ at, of, from, to }) => say(`${dryRun ? "Would have copied" : "Copying"} image ref ${at}/${of} from ${from} to ${to}`),
      });
      say(`${dryRun ? "Would have synced" : "Synced"} ${copied.length} images from ${sources} sources`, true);
      for (const { item, error } of failed) context.err(`teu: copy ${item.from}: ${error instanceof Error ? error.message : error}\n`);
      return failed.length === 0 ? 0 : 1;
    });
  },
});
