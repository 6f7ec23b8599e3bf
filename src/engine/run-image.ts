// What a container has of its image: the mount that is its root, and those of its own files.
import type { OwnMount } from "../containers/config/container-config.ts";
import { overlayMount } from "../image/snapshots/overlay.ts";
import type { Bundle } from "../kernel/state/bundle.ts";
import type { Mount } from "../spec/runtime/config.ts";
import { containerPaths } from "./container-directory.ts";
import type { Engine } from "./engine.ts";
import type { RunImage } from "./run-request.ts";

/** The root of a container with this id: the layers, and its own directory over them. */
export function rootMountOf(
  engine: Engine,
  { layers }: RunImage,
  { id, remove }: { readonly id: string; readonly remove: boolean },
): Mount {
  const { upper, work } = containerPaths(engine.root, id);
  return overlayMount(layers, { upper, work }, { userxattr: engine.runtime.facts().rootless, volatile: remove });
}

/** The layers alone, to be read. */
export function layersMount(engine: Engine, { layers }: RunImage): Mount {
  return overlayMount(layers, undefined, { userxattr: engine.runtime.facts().rootless });
}

export interface OwnMounts {
  readonly volumes: readonly OwnMount[];
  readonly files: readonly OwnMount[];
  /** What of it is there only when the container is launched. */
  readonly making: NonNullable<Bundle["making"]>;
}

export function ownMounts(engine: Engine, { volumes }: RunImage, id: string): OwnMounts {
  const paths = containerPaths(engine.root, id);
  const own = volumes.map((destination, index) => ({ source: paths.volume(index), destination }));
  const files = [
    { source: paths.hosts, destination: "/etc/hosts" },
    { source: paths.hostname, destination: "/etc/hostname" },
    { source: paths.resolvConf, destination: "/etc/resolv.conf" },
  ];
  return {
    volumes: own,
    files,
    making: {
      ...Object.fromEntries(own.map(({ source }) => [source, "directory" as const])),
      ...Object.fromEntries(files.map(({ source }) => [source, "file" as const])),
    },
  };
}
