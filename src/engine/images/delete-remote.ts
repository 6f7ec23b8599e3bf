// Use case `image delete`: an image out of a registry, with every tag that leads to it. distribution-spec 1.1, "Deleting Manifests".
import type { Digest } from "../../base/digest.ts";
import { TeuError } from "../../base/errors.ts";
import { parseTransportName } from "../../image/archives/transport-name.ts";
import { deleteManifest, headManifest } from "../../image/client/manifests.ts";
import { parseReference, withDefaultTag } from "../../spec/distribution/reference.ts";
import type { EndOptions } from "./end-options.ts";
import type { ImageEngine } from "./image-engine.ts";

/**
 * Deletes the manifest that a name leads to. Registries delete by digest alone, so a tag is asked for its digest first.
 * @throws TeuError `not-found`, `unsupported` for other transports; RegistryError where the registry allows no deletion
 */
export async function deleteRemote(images: ImageEngine, text: string, { access, signal }: EndOptions = {}): Promise<Digest> {
  const name = parseTransportName(text);
  if (name.transport !== "docker") {
    const instead = name.transport === "store" ? `; images of the store are removed by: teu rmi ${text}` : "";
    throw new TeuError("unsupported", `delete ${text}: only images of registries are deleted so (docker://NAME)${instead}`);
  }
  const transfer = signal === undefined ? {} : { signal };
  const reference = withDefaultTag(parseReference(name.reference));
  const repository = (await images.network()).repository(reference, access);
  const digest = reference.digest ?? (await headManifest(repository, reference.tag ?? "", transfer))?.digest;
  if (digest === undefined) throw new TeuError("not-found", `delete ${text}: the registry has no such image`);
  await deleteManifest(repository, digest, transfer);
  return digest;
}
