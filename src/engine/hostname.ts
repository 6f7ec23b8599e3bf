// The host name of a container.
import type { ContainerDocument } from "../containers/document/document.ts";

const SHORT_ID = 12;

/** docker's where none was given: the short form of the id. */
export function hostnameOf({ id, options }: Pick<ContainerDocument, "id" | "options">): string {
  return options.hostname ?? id.slice(0, SHORT_ID);
}
