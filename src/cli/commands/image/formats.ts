// skopeo's words for the formats of manifests.
import type { MediaFamily } from "../../../spec/image/media-types.ts";
import { UsageError } from "../../command.ts";

export const FORMATS = ["oci", "docker", "v2s2", "v2s1"] as const;

/** @throws UsageError for docker's format of 2014 */
export function familyOf(format: (typeof FORMATS)[number] | undefined): MediaFamily | undefined {
  if (format === "v2s1") throw new UsageError("--format v2s1 is not built: docker's manifests of 2014 have no configuration");
  return format === "v2s2" ? "docker" : format;
}
