// Namespaces of other containers, and by path, that a container is put into: `--network`, `--pid`, `--ipc` container:NAME, `--network ns:PATH`.
import { TeuError } from "../../../base/errors.ts";
import type { IsolationOptions } from "../../../containers/config/isolation.ts";
import type { NetworkMode } from "../../../containers/document/network.ts";
import { containerById } from "../../../containers/state/rows.ts";
import { readRecord } from "../../../kernel/state/record.ts";
import type { IdMaps } from "../../../kernel/state/side-plan.ts";
import { readStatus } from "../../../kernel/state/status.ts";
import { namespaceFacts } from "../../../kernel/tables/namespaces.ts";
import type { NamespaceType } from "../../../spec/runtime/config.ts";
import type { Engine } from "../../engine.ts";

export interface Joined {
  readonly paths?: { readonly [K in NamespaceType]?: string };
  /** Of a user namespace that is joined. */
  readonly idMaps?: IdMaps;
}

/**
 * Whoever enters a namespace needs privileges in the user namespace that it belongs to (setns(2)): a container that has one is entered there first.
 * @throws TeuError `conflict` for a container that does not run, `not-found` for one that is not there
 */
export function joinedNamespaces(engine: Engine, { pid, ipc }: IsolationOptions, network: NetworkMode): Joined {
  const wanted: readonly (readonly [NamespaceType, string | undefined])[] = [
    ["pid", typeof pid === "object" ? pid.container : undefined],
    ["ipc", typeof ipc === "object" ? ipc.container : undefined],
    ["network", network.kind === "container" ? network.id : undefined],
  ];
  const paths: { [K in NamespaceType]?: string } = network.kind === "namespace" ? { network: network.path } : {};
  let idMaps: IdMaps | undefined;
  let owner: string | undefined;
  for (const [type, id] of wanted) {
    if (id === undefined) continue;
    const directory = `/proc/${runningPid(engine, id)}/ns`;
    paths[type] = `${directory}/${namespaceFacts(type).file}`;
    const birth = engine.state.read((db) => containerById(db, id))?.document.birth;
    const maps = birth?.userns ?? birth?.maps;
    if (maps === undefined) continue;
    if (owner !== undefined && owner !== id)
      throw new TeuError(
        "unsupported",
        "share namespaces: containers with user namespaces of their own can only be shared with one at a time",
      );
    owner = id;
    idMaps = maps;
    paths.user = `${directory}/${namespaceFacts("user").file}`;
  }
  return { paths, ...(idMaps === undefined ? {} : { idMaps }) };
}

function runningPid({ runtime, state }: Engine, id: string): number {
  const record = readRecordOf(runtime.root, id);
  const { status, pid } = record === undefined ? { status: "stopped", pid: 0 } : readStatus(runtime.root, id, record);
  if (status === "running" || status === "paused") return pid;
  const name = state.read((db) => containerById(db, id))?.name;
  if (name === undefined) throw new TeuError("not-found", `No such container: ${id}`);
  throw new TeuError("conflict", `share namespaces of container ${name}: it is not running; start it first`);
}

function readRecordOf(root: string, id: string) {
  try {
    return readRecord(root, id);
  } catch (error) {
    if (error instanceof TeuError && error.code === "not-found") return undefined;
    throw error;
  }
}
