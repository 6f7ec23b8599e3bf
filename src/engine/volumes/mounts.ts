// What a container has mounted, found out at each of its starts.
import { existsSync, statSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import type { ContainerDocument } from "../../containers/document/document.ts";
import type { BindRequest, ImageMountRequest } from "../../containers/document/mounts.ts";
import { type Ids, type MountLookups, ociMounts, rootPropagation } from "../../containers/mounts/oci-mounts.ts";
import type { HostFacts } from "../../kernel/probe/host-facts.ts";
import type { Bundle } from "../../kernel/state/bundle.ts";
import type { IdMaps } from "../../kernel/state/side-plan.ts";
import type { IdMapping, Mount } from "../../spec/runtime/config.ts";
import { volumePaths } from "../../volumes/directory.ts";
import { volumeByName } from "../../volumes/rows.ts";
import type { Engine } from "../engine.ts";
import { volumeRequests } from "./claim.ts";

export interface MountFacts {
  /** The container's user, as the container counts. */
  readonly user: Ids;
  /** Those of the container's user namespace, where it has one. */
  readonly idMaps?: IdMaps | undefined;
}

export interface ContainerMounts {
  readonly mounts: readonly Mount[];
  /** `linux.rootfsPropagation`, where a mount needs one. */
  readonly rootfsPropagation?: "shared" | "rslave";
  /** Sources that are there only when the container is launched. */
  readonly making: NonNullable<Bundle["making"]>;
}

/**
 * The mounts of the OCI configuration. Touches nothing.
 * @throws TeuError `unsupported` for a map of ids that an ordinary user may not make
 */
export function volumeMounts(engine: Engine, document: Pick<ContainerDocument, "mounts">, facts: MountFacts): ContainerMounts {
  const { mounts: requests } = document;
  for (const request of requests) {
    if (request.kind === "bind" && request.idmap) checkMap(engine, request, facts);
    if (request.kind === "image") checkImage(request, engine.runtime.facts());
  }
  const propagation = rootPropagation(requests);
  const made = volumeRequests(document).map(({ name }) => volumePaths(engine.root, name).data);
  const sources = requests.flatMap((request) =>
    request.kind === "bind" && request.create && !existsSync(request.source) ? [request.source] : [],
  );
  return {
    mounts: ociMounts(requests, lookups(engine, document, facts)),
    ...(propagation === undefined ? {} : { rootfsPropagation: propagation }),
    making: Object.fromEntries([...made, ...sources].map((source) => [source, "directory" as const])),
  };
}

/** A volume that is not there is made with the options that were asked for. */
function lookups(engine: Engine, document: Pick<ContainerDocument, "mounts">, { user, idMaps }: MountFacts): MountLookups {
  const asked = new Map(volumeRequests(document).map((request) => [request.name, request.driverOptions]));
  return {
    volume: (name) => ({
      options: volumeByName(engine.state.rows, name)?.options ?? asked.get(name) ?? {},
      data: volumePaths(engine.root, name).data,
    }),
    ownerOf,
    user: { uid: onHost(user.uid, idMaps?.uids), gid: onHost(user.gid, idMaps?.gids) },
    userxattr: engine.runtime.facts().rootless,
    mapped: idMaps !== undefined && !engine.runtime.facts().rootless,
  };
}

function ownerOf(path: string): Ids {
  const { uid, gid } = statSync(path);
  return { uid, gid };
}

/** The id that a container's is to the host. @throws TeuError for one that the container does not have */
function onHost(id: number, maps: readonly IdMapping[] | undefined): number {
  if (maps === undefined) return id;
  const map = maps.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return map === undefined ? id : map.hostID + id - map.containerID;
}

/** Without root no mount's ids can be mapped (mount_setattr(2)); but a container's root is its caller anyway. */
function checkMap(engine: Engine, { source, from }: BindRequest, { user, idMaps }: MountFacts): void {
  if (rootlessMaps(engine.runtime.facts()) === undefined) return;
  const owner = ownerOf(source);
  if (owner.uid === onHost(user.uid, idMaps?.uids) && owner.gid === onHost(user.gid, idMaps?.gids)) return;
  throw new TeuError(
    "unsupported",
    `${from}: an ordinary user cannot map the ids of a mount; the container's root is you, and with --userns keep-id its user is, too`,
  );
}

/** Several layers named one by one (Linux 6.7), and a part cloned of a mount that is attached nowhere (Linux 6.15). */
const MANY_LAYERS = [6, 7] as const;
const DETACHED_CLONE = [6, 15] as const;

function checkImage({ layers, subpath, from }: ImageMountRequest, { kernel }: Pick<HostFacts, "kernel">): void {
  const older = ([major, minor]: readonly [number, number]) => kernel.major < major || (kernel.major === major && kernel.minor < minor);
  const refuse = (what: string) => new TeuError("unsupported", `${from}: ${what}; this is Linux ${kernel.major}.${kernel.minor}`);
  if (layers.length < 2) return; // a directory
  if (subpath !== undefined && older(DETACHED_CLONE))
    throw refuse("a part of an image of several layers is mounted from Linux 6.15 on: mount all of it");
  if (older(MANY_LAYERS)) throw refuse("an image of several layers is mounted from Linux 6.7 on");
}
