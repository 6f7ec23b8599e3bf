// The transports of this folder by their names: one place that knows which file serves which.
import { TeuError } from "../../base/errors.ts";
import { formatReference, parseReference, withDefaultTag } from "../../spec/distribution/reference.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { ImageDestination, ImageSource } from "../ports/transport.ts";
import { DirectoryDestination, openDirectory } from "./directory.ts";
import { dockerArchiveDestination, openDockerArchive } from "./docker-archive.ts";
import { dockerDaemonDestination, openDockerDaemon } from "./docker-daemon.ts";
import { ociArchiveDestination, openOciArchive } from "./oci-archive.ts";
import { OciDirectoryDestination, openOciDirectory } from "./oci-directory.ts";
import type { TarOptions } from "./tar-files.ts";
import { type ArchiveName, formatTransportName } from "./transport-name.ts";

export interface OpenArchiveOptions extends TarOptions {
  /** Path of docker's socket. */
  readonly dockerSocket: string;
}

/** @throws TeuError `not-found`, `invalid`, `unsupported`, `unavailable`. */
export function openArchive(name: ArchiveName, options: OpenArchiveOptions): Promise<ImageSource> {
  switch (name.transport) {
    case "oci":
      return openOciDirectory(name.path, name);
    case "oci-archive":
      return openOciArchive(name.path, name, options);
    case "docker-archive":
      return openDockerArchive(name.path, name, options);
    case "dir":
      return openDirectory(name.path);
    case "docker-daemon":
      return openDockerDaemon({ socket: options.dockerSocket }, name.reference, options);
  }
}

/**
 * Opens a name to write to. What is at an archive's path is replaced; directories must be empty, new, or of the same kind.
 * @throws TeuError `conflict`, `denied`, `invalid` for a source index, which says nothing of where to write.
 */
export async function openArchiveDestination(
  name: ArchiveName,
  { dockerSocket, signal, ...options }: OpenArchiveOptions & { readonly platform: Platform },
): Promise<ImageDestination> {
  if ("index" in name && name.index !== undefined) {
    throw new TeuError("invalid", `write to ${formatTransportName(name)}: a source index names an image to read, not one to write`);
  }
  switch (name.transport) {
    case "oci":
      return OciDirectoryDestination.open(name.path, name.reference);
    case "oci-archive":
      return ociArchiveDestination({ path: name.path }, name.reference, options);
    case "docker-archive":
      return dockerArchiveDestination({ path: name.path }, name.reference === undefined ? [] : [wholeName(name.reference)], options);
    case "dir":
      return DirectoryDestination.open(name.path);
    case "docker-daemon": {
      const toDaemon = { ...options, ...(signal === undefined ? {} : { signal }) };
      return dockerDaemonDestination({ socket: dockerSocket }, wholeName(name.reference), toDaemon);
    }
  }
}

/** Docker archives name images by whole references. @throws InvalidReferenceError. */
function wholeName(reference: string): string {
  return formatReference(withDefaultTag(parseReference(reference)));
}
