// `mounts` (config.md, "Mounts", "POSIX-platform Mounts"). What the options mean is the mount compiler's to say.
import { array, object, optional, refined, string } from "../../json/shape.ts";
import type { Mount } from "../config.ts";
import { idMappings, nonEmpty, strings } from "./common.ts";

const mount = refined(
  object<Mount>({
    destination: nonEmpty,
    type: optional(string),
    source: optional(string),
    options: optional(strings),
    uidMappings: optional(idMappings),
    gidMappings: optional(idMappings),
  }),
  ({ destination, uidMappings, gidMappings }, trail) => {
    // "Linux: This value SHOULD be an absolute path. […] Relative paths are deprecated."
    if (!destination.startsWith("/")) trail.warn("is a relative path, which is deprecated; it is taken as relative to /", "destination");
    if (uidMappings && !gidMappings) trail.refuse("must be given along with uidMappings", "gidMappings");
    if (gidMappings && !uidMappings) trail.refuse("must be given along with gidMappings", "uidMappings");
  },
);

export const mountsShape = array(mount);
