// The mounts that a container was asked to have → those of its OCI configuration. Pure: what is to be known of the host is looked up by whoever
// calls.
import { posix } from "node:path";
import { overlayMount } from "../../image/snapshots/overlay.ts";
import { SUBPATH } from "../../kernel/mounts/options.ts";
import type { IdMapping, Mount } from "../../spec/runtime/config.ts";
import { type Backing, backingOf } from "../../volumes/backing.ts";
import type { BindRequest, ImageMountRequest, MountRequest, TmpfsRequest, VolumeRequest } from "../document/mounts.ts";
import { swapMaps } from "./swap-maps.ts";

export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

export interface MountLookups {
  /** The options of a volume, as it was made, and its directory. */
  volume(name: string): { readonly options: Readonly<Record<string, string>>; readonly data: string };
  /** Who owns what lies at a path of the host. */
  ownerOf(path: string): Ids;
  /** The container's user, as the host counts. */
  readonly user: Ids;
  /** Layers of images are marked as an ordinary user can mark them. */
  readonly userxattr: boolean;
  /** The container has other ids than its caller: a volume's files are kept with those that it sees, so that any container may have them. */
  readonly mapped: boolean;
}

/** In the order in which they may lie in each other, by the depth of their destinations: docker's. */
export function ociMounts(requests: readonly MountRequest[], look: MountLookups): Mount[] {
  return inOrder(requests).map((request) => ociMount(request, look));
}

/** The requests as `ociMounts` orders them, so that an error of a mount can be told of what asked for it. */
export function inOrder(requests: readonly MountRequest[]): readonly MountRequest[] {
  const depth = ({ destination }: MountRequest) => posix.normalize(destination).split("/").filter(Boolean).length;
  return requests.toSorted((a, b) => depth(a) - depth(b));
}

function ociMount(request: MountRequest, look: MountLookups): Mount {
  switch (request.kind) {
    case "bind":
      return bindMount(request, look);
    case "volume":
      return volumeMount(request, look);
    case "tmpfs":
      return tmpfsMount(request);
    case "image":
      return imageMount(request, look);
  }
}

/** What is mounted below the source comes with it and, as docker has it since it can, is as read-only as the mount itself. */
function bindMount(request: BindRequest, look: MountLookups): Mount {
  const { source, destination, propagation = "rprivate", recursive, options } = request;
  const maps = request.idmap ? mapsFor(source, look) : undefined;
  return {
    destination,
    type: "bind",
    source,
    options: [recursive ? "rbind" : "bind", propagation, ...readonlyOptions(request), ...options],
    ...(maps === undefined ? {} : { uidMappings: maps.uids, gidMappings: maps.gids }),
  };
}

function readonlyOptions({ readonly, readonlyRecursive }: { readonly readonly: boolean; readonly readonlyRecursive: boolean }): string[] {
  return readonly ? [readonlyRecursive ? "rro" : "ro"] : [];
}

/** The files of whoever owns the source are shown as the container user's, and the other way round; all others as they are. */
function mapsFor(source: string, { ownerOf, user }: MountLookups): { readonly uids: IdMapping[]; readonly gids: IdMapping[] } | undefined {
  const owner = ownerOf(source);
  if (owner.uid === user.uid && owner.gid === user.gid) return undefined;
  return { uids: swapMaps(owner.uid, user.uid), gids: swapMaps(owner.gid, user.gid) };
}

function volumeMount(request: VolumeRequest, look: MountLookups): Mount {
  const { options, data } = look.volume(request.name);
  const { destination, subpath } = request;
  const more = [...request.options, ...(subpath === undefined ? [] : [`${SUBPATH}${subpath}`])];
  const mapped = look.mapped ? ["idmap"] : [];
  const backing: Backing = backingOf(options);
  switch (backing.kind) {
    case "directory":
      return { destination, type: "bind", source: data, options: ["rbind", "rprivate", ...mapped, ...readonlyOptions(request), ...more] };
    case "bind":
      return {
        destination,
        type: "bind",
        source: backing.source,
        options: ["rprivate", ...backing.options, ...readonlyOptions(request), ...more],
      };
    case "filesystem": {
      const { type, source } = backing;
      return { destination, type, source, options: [...backing.options, ...(request.readonly ? ["ro"] : []), ...more] };
    }
  }
}

/** docker's: what was not spoken of is refused to whoever writes there, and anybody may write. */
function tmpfsMount({ destination, options, readonly }: TmpfsRequest): Mount {
  const mode = options.some((option) => option.startsWith("mode=")) ? [] : ["mode=1777"];
  return {
    destination,
    type: "tmpfs",
    source: "tmpfs",
    options: ["noexec", "nosuid", "nodev", ...mode, ...options, ...(readonly ? ["ro"] : [])],
  };
}

function imageMount({ destination, layers, subpath }: ImageMountRequest, { userxattr, mapped }: MountLookups): Mount {
  const mount = overlayMount(layers, undefined, { userxattr });
  const ids = mapped && mount.type === "bind" ? ["idmap"] : [];
  return { ...mount, destination, options: [...(mount.options ?? []), ...ids, ...(subpath === undefined ? [] : [`${SUBPATH}${subpath}`])] };
}

/**
 * The propagation that the container's root must have for those of its mounts: events of the host come into no mount of a namespace whose mounts
 * are all private, and leave none that is not shared. Undefined where none was asked for.
 */
export function rootPropagation(requests: readonly MountRequest[]): "shared" | "rslave" | undefined {
  const asked = requests.flatMap((request) => (request.kind === "bind" ? [request.propagation ?? ""] : []));
  if (asked.some((name) => name.endsWith("shared"))) return "shared";
  return asked.some((name) => name.endsWith("slave")) ? "rslave" : undefined;
}
