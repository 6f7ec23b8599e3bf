// `oci-archive:FILE[:name]`: an OCI image layout in a tar, also gzip'd or zstd'd, read without unpacking it.
import type { Platform } from "../../spec/image/platform.ts";
import type { ImageDestination } from "../ports/transport.ts";
import { type ArchiveTarget, singleImageArchive } from "./archive-writer.ts";
import { LayoutSource } from "./layout-source.ts";
import { TarFiles, type TarOptions } from "./tar-files.ts";
import type { ImageChoice } from "./transport-name.ts";

/** @throws TeuError `not-found`, `invalid`. */
export async function openOciArchive(path: string, choice: ImageChoice, options: TarOptions): Promise<LayoutSource> {
  return LayoutSource.open(`oci-archive:${path}`, await TarFiles.open(path, options), choice);
}

/** An archive that replaces whatever is at the target, with its `commit`. */
export function ociArchiveDestination(
  target: ArchiveTarget,
  imageName: string | undefined,
  options: { readonly temporary: string; readonly platform: Platform },
): Promise<ImageDestination> {
  return singleImageArchive(target, { ...options, format: "oci" }, imageName === undefined ? [] : [imageName]);
}
