// `inspect` of a container: docker's object, field for field where the field means something here (docs/compatibility.md has the rest). Pure:
// whoever asks brings what is not in the container's row.
import type { ContainerDocument } from "../document/document.ts";
import type { ContainerRow } from "../state/rows.ts";
import { commandConfig } from "./command-config.ts";
import { hostConfig } from "./host-config.ts";
import { mountPoints } from "./mount-points.ts";
import { type NetworkState, NOT_CONNECTED, networkSettings } from "./networks.ts";
import { type StateSubject, stateObject } from "./state.ts";

export interface InspectSubject extends StateSubject {
  readonly row: ContainerRow;
}

/** What is to be found out besides the row. */
export interface InspectFacts {
  readonly paths: {
    readonly hosts: string;
    readonly hostname: string;
    readonly resolvConf: string;
    readonly log: string;
    readonly upper: string;
    readonly work: string;
    readonly copy: string;
  };
  /** Where a volume's files are. */
  volumePath(name: string): string;
  /** Of the programs that `exec` runs in it just now. */
  readonly execIds: readonly string[];
  /** What paths are hidden or read-only by default. */
  readonly defaults: { readonly maskedPaths: readonly string[]; readonly readonlyPaths: readonly string[] };
  /** While it runs. */
  readonly networks?: NetworkState;
  /** Bytes, where they were asked for. */
  readonly sizes?: { readonly rw: number; readonly rootFs: number };
}

export type JsonObject = Readonly<Record<string, unknown>>;

/** docker's object of a container, of GET /containers/{id}/json. */
export function containerInspect(subject: InspectSubject, facts: InspectFacts): JsonObject {
  const { row, pid } = subject;
  const { document } = row;
  const { root, options } = document;
  const [path = "", ...args] = options.args;
  const { paths, sizes } = facts;
  const isImage = root.kind === "image";
  return {
    Id: row.id,
    Created: document.created,
    Path: path,
    Args: args,
    State: stateObject(subject),
    Image: isImage ? root.id : "",
    ResolvConfPath: isImage ? paths.resolvConf : "",
    HostnamePath: isImage ? paths.hostname : "",
    HostsPath: isImage ? paths.hosts : "",
    LogPath: document.log.driver === "json-file" ? paths.log : "",
    Name: `/${row.name}`,
    RestartCount: row.restarts,
    Driver: driverOf(document),
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: options.apparmor ?? "",
    ExecIDs: facts.execIds.length === 0 ? null : facts.execIds,
    HostConfig: hostConfig(row, facts.defaults),
    GraphDriver: graphDriver(document, paths),
    ...(sizes === undefined ? {} : { SizeRw: sizes.rw, SizeRootFs: sizes.rootFs }),
    Mounts: mountPoints(document, (name) => facts.volumePath(name)),
    Config: commandConfig(document),
    NetworkSettings: networkSettings(document.network, pid === 0 ? "" : `/proc/${pid}/ns/net`, facts.networks ?? NOT_CONNECTED),
  };
}

/** overlay2 is docker's name for layers below a directory of the container's own; vfs for a copy of them. */
function driverOf({ root }: ContainerDocument): string {
  if (root.kind === "directory") return "rootfs";
  return root.copied === undefined ? "overlay2" : "vfs";
}

function graphDriver(document: ContainerDocument, { upper, work, copy }: InspectFacts["paths"]): JsonObject {
  const { root, id } = document;
  const Name = driverOf(document);
  if (root.kind === "directory") return { Name, Data: { RootDir: root.path } };
  if (root.copied !== undefined) return { Name, Data: { ID: id, RootDir: copy } };
  const LowerDir = root.layers.toReversed().join(":");
  // The merged directory exists in the container's mount namespace alone.
  return { Name, Data: { ID: id, LowerDir, MergedDir: "", UpperDir: upper, WorkDir: work } };
}
