// What a container has of its image: the mount that is its root, and those of its own files.
import { existsSync, mkdirSync } from "node:fs";
import { toText } from "../../../base/byte-string.ts";
import type { OwnMount } from "../../../containers/config/container-options.ts";
import type { ContainerDocument, ImageRoot } from "../../../containers/document/document.ts";
import { overlayMount } from "../../../image/snapshots/overlay.ts";
import type { Bundle } from "../../../kernel/state/bundle.ts";
import { type FilesWanted, readRootFiles } from "../../../kernel/state/read-files.ts";
import type { Mount } from "../../../spec/runtime/config.ts";
import type { Engine } from "../../engine.ts";
import { containerPaths } from "../state/directory.ts";

/** The root of a container with this id: the layers, and its own directory over them, or the copy of them that it has. */
export function rootMountOf(
  engine: Engine,
  { layers, copied }: ImageRoot,
  { id, remove }: { readonly id: string; readonly remove: boolean },
): Mount {
  const { upper, work, copy } = containerPaths(engine.root, id);
  if (copied) return { destination: "/", type: "bind", source: copy, options: ["bind"] };
  return overlayMount(layers, { upper, work }, { userxattr: engine.runtime.facts().rootless, volatile: remove });
}

/**
 * Files of an image as its containers find them, whether or not there is an overlay; empty for those that are not there.
 * @throws KernelError for one that is no regular file, or larger than allowed
 */
export async function readImageFiles(
  { runtime }: Engine,
  { layers, copied }: ImageRoot,
  { paths, ...rest }: Omit<FilesWanted, "root">,
): Promise<string[]> {
  if (!copied) {
    const root = overlayMount(layers, undefined, { userxattr: runtime.facts().rootless });
    return readRootFiles(runtime, { root, paths, ...rest });
  }
  const { readLayerNames } = await import("../../../image/snapshots/layer-names.ts");
  const { maps } = rest;
  const userns = maps === undefined ? {} : { userns: { ...maps, facts: runtime.facts() } };
  mkdirSync(runtime.root, { recursive: true, mode: 0o711 });
  const names = await readLayerNames(layers, { launcher: runtime.launcher, dir: runtime.root, ...userns });
  return paths.map((path) => {
    const found = names.find(path);
    const source = found === undefined ? undefined : layers[found.layer];
    if (found === undefined || source === undefined) return "";
    const root: Mount = { destination: "/", type: "bind", source };
    // No link is left in the path. A name that is no text is not found: nobody has accounts behind one.
    return readRootFiles(runtime, { root, paths: [`/${toText(found.entry.path)}`], ...rest })[0] ?? "";
  });
}

export interface OwnMounts {
  readonly files: readonly OwnMount[];
  /** What of it is there only when the container is launched. */
  readonly making: NonNullable<Bundle["making"]>;
}

/** What is shown in its /etc; who shares the network of another container shares what tells of it. @param id which may be a stand-in */
export function networkFiles(engine: Engine, { id, network: { mode } }: Pick<ContainerDocument, "id" | "network">): OwnMounts {
  const paths = containerPaths(engine.root, id);
  const owner = mode.kind === "container" ? containerPaths(engine.root, mode.id) : paths;
  const shown = (own: string, shared: string) => (existsSync(shared) ? shared : own);
  const files = [
    { source: shown(paths.hosts, owner.hosts), destination: "/etc/hosts" },
    { source: paths.hostname, destination: "/etc/hostname" },
    { source: shown(paths.resolvConf, owner.resolvConf), destination: "/etc/resolv.conf" },
  ];
  return { files, making: Object.fromEntries(files.map(({ source }) => [source, "file" as const])) };
}
