// The mounts of a container in docker's terms: `Mounts` of inspect, and what `ps` shows and filters of them.
import type { ContainerDocument } from "../document/document.ts";
import type { MountRequest } from "../document/mounts.ts";

export interface MountPoint {
  readonly Type: MountRequest["kind"];
  readonly Name?: string;
  readonly Source: string;
  readonly Destination: string;
  readonly Driver?: string;
  readonly Mode: string;
  readonly RW: boolean;
  readonly Propagation: string;
}

/** By which of docker's flags it was asked for: a tmpfs of `--tmpfs` is none of `Mounts`. */
export function askedBy({ from }: MountRequest, flag: "--tmpfs" | "--mount" | "--volume"): boolean {
  return from.startsWith(`${flag} `);
}

/** @param pathOf where a volume of this name is on the host */
export function mountPoints({ mounts }: ContainerDocument, pathOf: (volume: string) => string): MountPoint[] {
  return mounts.filter((mount) => !(mount.kind === "tmpfs" && askedBy(mount, "--tmpfs"))).map((mount) => mountPoint(mount, pathOf));
}

function mountPoint(mount: MountRequest, pathOf: (volume: string) => string): MountPoint {
  const { kind: Type, destination: Destination, readonly } = mount;
  const common = { Destination, Mode: modeOf(mount), RW: !readonly };
  switch (mount.kind) {
    case "bind":
      return { Type, Source: mount.source, ...common, Propagation: mount.propagation ?? "rprivate" };
    case "volume":
      return { Type, Name: mount.name, Source: pathOf(mount.name), ...common, Driver: mount.driver ?? "local", Propagation: "" };
    case "tmpfs":
      return { Type, Source: "", ...common, Propagation: "" };
    case "image":
      return { Type, Name: mount.name, Source: mount.layers.at(-1) ?? "", ...common, Propagation: "" };
  }
}

/** What stood behind the second colon of `--volume`. */
function modeOf(mount: MountRequest): string {
  if (!askedBy(mount, "--volume")) return "";
  return volumeOptions(mount).join(",");
}

function volumeOptions(mount: MountRequest): string[] {
  const { readonly } = mount;
  const more = mount.kind === "bind" ? [...(mount.propagation === undefined ? [] : [mount.propagation]), ...mount.options] : [];
  const map = mount.kind === "bind" && mount.idmap ? ["map"] : [];
  const copy = mount.kind === "volume" && !mount.copy ? ["nocopy"] : [];
  return [...(readonly ? ["ro"] : []), ...map, ...copy, ...more];
}

/** `HostConfig.Binds`: those of `--volume` that name a source, as they could be given again. */
export function bindTexts({ mounts }: ContainerDocument): string[] {
  return mounts.flatMap((mount) => {
    if (!askedBy(mount, "--volume") || (mount.kind === "volume" && mount.anonymous)) return [];
    const source = mount.kind === "bind" ? mount.source : mount.kind === "volume" ? mount.name : undefined;
    const options = volumeOptions(mount).join(",");
    return source === undefined ? [] : [`${source}:${mount.destination}${options === "" ? "" : `:${options}`}`];
  });
}

/** The names that `ps` shows: of volumes their own, of all else where it comes from. */
export function mountNames({ mounts }: ContainerDocument): string[] {
  return mounts.flatMap((mount) => {
    if (mount.kind === "tmpfs") return [];
    return [mount.kind === "bind" ? mount.source : mount.name];
  });
}
