// Flags about what a container has mounted.
import type { TmpfsRequest } from "../../../containers/document/mounts.ts";
import type { AskedMounts, VolumesFrom } from "../../../engine/volumes/complete.ts";
import { LOCAL_DRIVER } from "../../../volumes/backing.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";
import { parseMountFlag } from "./mount-flag.ts";
import { destinationOf, refusal } from "./mount-values.ts";
import { parseVolumeFlag } from "./volume-flag.ts";

// biome-ignore format: table
export const STORAGE_FLAGS = {
  mount:           { type: "string", multiple: true, value: "KEY=VALUE[,…]", summary: "Mount a bind, volume, tmpfs or image: type=TYPE,source=SRC,target=DST,…" },
  tmpfs:           { type: "string", multiple: true, value: "DST[:OPTIONS]", summary: "Mount a tmpfs (/run:size=64m)" },
  volume:          { type: "string", short: "v", multiple: true, value: "[SRC:]DST[:MODE]", summary: "Mount a file, a directory or a volume; DST alone is a new volume" },
  "volume-driver": { type: "string", value: "NAME", summary: "The driver of volumes that are made: local" },
  "volumes-from":  { type: "string", multiple: true, value: "CONTAINER[:ro]", completes: "containers", summary: "Mount what another container has mounted" },
} as const satisfies Flags;

export function storageOf(flags: FlagValues<typeof STORAGE_FLAGS>, problems: Problems): AskedMounts {
  const driver = flags["volume-driver"];
  if (driver !== undefined && driver !== LOCAL_DRIVER)
    problems.refuse("--volume-driver", `there is no volume driver ${JSON.stringify(driver)}, only ${LOCAL_DRIVER}`);
  return {
    mounts: [
      ...problems.takeEach("--volume", flags.volume, (text) => parseVolumeFlag(text, driver)),
      ...problems.takeEach("--mount", flags.mount, parseMountFlag),
      ...problems.takeEach("--tmpfs", flags.tmpfs, parseTmpfsFlag),
    ],
    volumesFrom: problems.takeEach("--volumes-from", flags["volumes-from"], parseVolumesFrom),
  };
}

/** `DST` or `DST:OPTIONS`, as mount(8) takes them. */
export function parseTmpfsFlag(text: string): TmpfsRequest {
  const at = text.indexOf(":");
  const options = at < 0 ? "" : text.slice(at + 1);
  return {
    kind: "tmpfs",
    destination: destinationOf(text, at < 0 ? text : text.slice(0, at)),
    readonly: false,
    options: options.split(",").filter(Boolean),
    from: `--tmpfs ${text}`,
  };
}

function parseVolumesFrom(text: string): VolumesFrom {
  const [container = "", mode, ...more] = text.split(":");
  if (container === "" || more.length > 0) throw refusal(text, "is not CONTAINER or CONTAINER:ro");
  // As docker, the words of SELinux are taken along.
  const words = (mode ?? "").split(",").filter((word) => !["", "z", "Z"].includes(word));
  const [access, ...others] = words;
  if (others.length > 0 || (access !== undefined && access !== "ro" && access !== "rw")) throw refusal(text, `invalid mode: ${mode}`);
  return { container, ...(access === undefined ? {} : { mode: access }) };
}
