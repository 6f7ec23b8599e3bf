// Use case `image list-tags`: the tags of a registry's repository, or the names in an archive of docker's.
import { tmpdir } from "node:os";
import { TeuError } from "../../base/errors.ts";
import { parseTransportName } from "../../image/archives/transport-name.ts";
import { listTags } from "../../image/client/listings.ts";
import { parseReference } from "../../spec/distribution/reference.ts";
import type { EndOptions } from "./end-options.ts";
import type { ImageEngine } from "./image-engine.ts";

export interface TagList {
  /** `127.0.0.1:5000/app`; an archive is none. */
  readonly repository?: string;
  readonly tags: readonly string[];
}

/** @throws TeuError `invalid` for a name with a tag, `unsupported` for what has no tags; RegistryError when there is no such repository */
export async function listImageTags(images: ImageEngine, text: string, { access, signal }: EndOptions = {}): Promise<TagList> {
  const name = parseTransportName(text);
  const transfer = signal === undefined ? {} : { signal };
  if (name.transport === "docker-archive") {
    const { listDockerArchive } = await import("../../image/archives/docker-archive.ts");
    const { TarFiles } = await import("../../image/archives/tar-files.ts");
    await using files = await TarFiles.open(name.path, { temporary: tmpdir(), ...transfer });
    return { tags: (await listDockerArchive(files)).flatMap(({ RepoTags = [] }) => RepoTags) };
  }
  if (name.transport !== "docker")
    throw new TeuError("unsupported", `list the tags of ${text}: only docker://REPOSITORY and docker-archive:FILE have tags to be listed`);
  const reference = parseReference(name.reference);
  if (reference.tag !== undefined || reference.digest !== undefined)
    throw new TeuError("invalid", `list the tags of ${text}: no tag or digest allowed in the reference`);
  const network = await images.network();
  const tags = await Array.fromAsync(listTags(network.repository(reference, access), transfer));
  return { repository: `${reference.registry}/${reference.repository}`, tags };
}
