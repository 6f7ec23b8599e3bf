// The host name of a container.
import { readFileSync } from "node:fs";
import { SHORT_ID } from "../../../base/container-id.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";

/** The host's where that is shared; docker's where none was given: the short form of the id. */
export function hostnameOf({ id, options }: Pick<ContainerDocument, "id" | "options">): string {
  if (options.uts === "host") return readFileSync("/proc/sys/kernel/hostname", "utf8").trim();
  return options.hostname ?? id.slice(0, SHORT_ID);
}
