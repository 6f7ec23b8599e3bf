// What a container has mounted, found out at each of its starts.
import { mkdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import type { ContainerDocument } from "../../containers/document/document.ts";
import type { BindRequest } from "../../containers/document/mounts.ts";
import { type Ids, type MountLookups, ociMounts, rootPropagation } from "../../containers/mounts/oci-mounts.ts";
import { propagationAt } from "../../kernel/rootfs/mount-point.ts";
import type { IdMaps } from "../../kernel/state/side-plan.ts";
import type { IdMapping, Mount } from "../../spec/runtime/config.ts";
import { volumePaths } from "../../volumes/directory.ts";
import { requireVolume } from "../../volumes/store.ts";
import type { Engine } from "../engine.ts";

export interface MountFacts {
  /** The container's user, as the container counts. */
  readonly user: Ids;
  /** Those of the container's user namespace, where it has one. */
  readonly idMaps?: IdMaps | undefined;
}

export interface ContainerMounts {
  readonly mounts: Mount[];
  /** `linux.rootfsPropagation`, where a mount needs one. */
  readonly rootfsPropagation?: "shared" | "rslave";
}

/**
 * The mounts of the OCI configuration. Sources of `-v` that are not there are made.
 * @throws TeuError `not-found` for another source that is not there, or a volume; `unsupported` for a map that an ordinary user may not make
 */
export function volumeMounts(engine: Engine, { mounts: requests }: Pick<ContainerDocument, "mounts">, facts: MountFacts): ContainerMounts {
  for (const request of requests) if (request.kind === "bind") checkBind(engine, request, facts);
  const propagation = rootPropagation(requests);
  return {
    mounts: ociMounts(requests, lookups(engine, facts)),
    ...(propagation === undefined ? {} : { rootfsPropagation: propagation }),
  };
}

function lookups(engine: Engine, { user, idMaps }: MountFacts): MountLookups {
  return {
    volume: (name) => ({ options: requireVolume(engine.state.rows, name).options, data: volumePaths(engine.root, name).data }),
    ownerOf,
    user: { uid: onHost(user.uid, idMaps?.uids), gid: onHost(user.gid, idMaps?.gids) },
    userxattr: engine.runtime.facts().rootless,
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

function checkBind(engine: Engine, request: BindRequest, facts: MountFacts): void {
  const { source, create, from } = request;
  if (statSync(source, { throwIfNoEntry: false }) === undefined) {
    if (!create)
      throw new TeuError("not-found", `invalid mount config for type "bind": bind source path does not exist: ${source} (${from})`);
    makeSource(source, from);
  }
  if (request.idmap) checkMap(engine, request, facts);
  checkPropagation(request);
}

/** docker's: what is to be passed on, or to come in, must be on a mount that does that. */
function checkPropagation({ source, propagation }: BindRequest): void {
  const [shared, slave] = [propagation?.endsWith("shared") === true, propagation?.endsWith("slave") === true];
  if (!shared && !slave) return;
  const at = propagationAt(realpathSync(source), readFileSync("/proc/self/mountinfo", "utf8"));
  if (at.shared || (slave && at.slave)) return;
  const wanted = shared ? "a shared mount" : "a shared or slave mount";
  throw new TeuError("invalid", `path ${source} is mounted on ${at.point} but it is not ${wanted}`);
}

/** docker's: a source that is not there becomes a directory. */
function makeSource(source: string, from: string): void {
  try {
    mkdirSync(source, { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw new TeuError("invalid", `make the source of ${from}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
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
