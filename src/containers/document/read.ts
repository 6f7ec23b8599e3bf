// The document of a container as it was stored. It was written by this program, in a database or a file of mode 0600 that only the engine's
// user can write to; what is looked at is whether this program can read it.
import { TeuError } from "../../base/errors.ts";
import type { ContainerDocument } from "./document.ts";

/** @throws TeuError `unsupported` for the document of another version, `internal` for one that is none */
export function readDocument(text: string, id: string): ContainerDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TeuError("internal", `read the configuration of container ${id}: it is damaged; remove it with: teu rm --force ${id}`, {
      cause,
    });
  }
  const version = typeof value === "object" && value !== null && "version" in value ? value.version : undefined;
  if (version !== 2)
    throw new TeuError("unsupported", `read the configuration of container ${id}: it was written by another version of teu`);
  return value as ContainerDocument; // its own version's, written by us
}
