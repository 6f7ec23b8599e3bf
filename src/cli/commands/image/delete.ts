// `teu image delete`: skopeo's delete.
import { deleteRemote } from "../../../engine/images/delete-remote.ts";
import { openImages } from "../../../engine/images/image-engine.ts";
import { retrying } from "../../../engine/images/retry.ts";
import { command } from "../../command.ts";
import { REGISTRY_FLAGS, RETRY_FLAGS, refuse, refusedFlags, registryAccess } from "../../end-flags.ts";
import { engineOf } from "../../engine.ts";

const REFUSED = {
  "daemon-host": "docker's own images are removed by docker rmi",
  "shared-blob-dir": "layouts keep their blobs themselves",
} as const;

export default command({
  name: "image delete",
  summary: "Delete an image from a registry",
  usage: "[flags] docker://NAME[:TAG|@DIGEST]",
  flags: { ...REGISTRY_FLAGS, ...RETRY_FLAGS, ...refusedFlags(REFUSED) },
  args: { min: 1, max: 1 },
  failed: 1,
  examples: ["teu image delete docker://registry.example/app:1    with all tags of the same image"],
  async run({ flags, args: [name = ""], context }) {
    refuse(flags, REFUSED);
    const access = registryAccess(flags);
    using images = openImages(engineOf(context));
    await retrying(flags["retry-times"] ?? 0, () => deleteRemote(images, name, { access }));
    return 0;
  },
});
