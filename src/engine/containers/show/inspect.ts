// Use case `inspect` of a container: its row, the kernel's word on it, and what lies on the disk, as docker's object.
import type { Database } from "bun:sqlite";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { containerInspect, type JsonObject } from "../../../containers/inspect/inspect.ts";
import type { NetworkState } from "../../../containers/inspect/networks.ts";
import type { ContainerRow } from "../../../containers/state/rows.ts";
import { endpointsOf, namesOf } from "../../../network/state/endpoints.ts";
import { portsOf } from "../../../network/state/ports.ts";
import { networkById } from "../../../network/state/rows.ts";
import { engineDefaults } from "../../../spec/runtime/default.ts";
import { volumePaths } from "../../../volumes/directory.ts";
import type { Engine } from "../../engine.ts";
import { listExecs } from "../exec/directory.ts";
import { findContainer } from "../find.ts";
import { containerPaths } from "../state/directory.ts";
import { kernelStatus, viewOf } from "../view.ts";
import type { ContainerSizes } from "./size.ts";

export interface InspectOptions {
  /** Count the bytes, too. */
  readonly size: boolean;
}

/** @throws TeuError `not-found`; `invalid` where several ids begin so */
export async function inspectContainer(engine: Engine, text: string, { size }: InspectOptions): Promise<JsonObject> {
  const row = await settled(engine, text);
  const paths = containerPaths(engine.root, row.id);
  const sizes = size ? await sizesOf(engine, row.document) : undefined;
  return containerInspect(viewOf(engine, row), {
    paths,
    volumePath: (name) => volumePaths(engine.root, name).data,
    execIds: listExecs(engine, row.id).map(({ id }) => id),
    defaults: engineDefaults([]),
    networks: engine.state.read((db) => networkState(db, row.id)),
    ...(sizes === undefined ? {} : { sizes }),
  });
}

function networkState(db: Database, id: string): NetworkState {
  const connections = endpointsOf(db, id).flatMap((endpoint) => {
    const network = networkById(db, endpoint.network);
    return network === undefined ? [] : [[network.id, { network, endpoint, names: namesOf(db, endpoint) }] as const];
  });
  return { connections: new Map(connections), ports: portsOf(db, id) };
}

/** What has just ended is told with its end. */
async function settled(engine: Engine, text: string): Promise<ContainerRow> {
  const row = findContainer(engine, text);
  if (row.started === undefined || row.finished !== undefined || kernelStatus(engine, row.id)?.pid) return row;
  const { settle } = await import("../state/settle.ts");
  return (await settle(engine, row.id)) ?? findContainer(engine, text);
}

async function sizesOf(engine: Engine, document: ContainerDocument): Promise<ContainerSizes> {
  const { containerSizes } = await import("./size.ts");
  const { openImages } = await import("../../images/image-engine.ts");
  using images = openImages(engine);
  return await containerSizes(images, document);
}
