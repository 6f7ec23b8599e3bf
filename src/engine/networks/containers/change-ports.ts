// Other published ports for a container: at once where it runs, and at each start.
import { ERRNO } from "../../../base/errno.ts";
import { KernelError, TeuError } from "../../../base/errors.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { type ContainerRow, containerById, replaceDocument } from "../../../containers/state/rows.ts";
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import { workOnNetwork } from "../../../kernel/state/networks/work.ts";
import { bracketed } from "../../../network/address/address.ts";
import type { PortRequest, PublishedPort } from "../../../network/model/port.ts";
import { ANY_ADDRESS, dropPort } from "../../../network/state/ports.ts";
import type { Engine } from "../../engine.ts";
import { type Claimed, publish } from "../claims/claim.ts";
import { hostPortRules } from "../claims/host-ports.ts";
import { presentPlaces, targetsOf } from "../claims/targets.ts";
import { noteChange } from "../host/changes.ts";
import { rootlessWithin } from "../rootless/network.ts";
import { changeable } from "./changeable.ts";
import { wiredPlaces } from "./default-route.ts";
import { giveUpHeld } from "./held-ports.ts";
import { addPorts, removePorts } from "./publish.ts";
import { namespaceOf } from "./running.ts";
import { wireContainer } from "./wire.ts";

export interface PortChange {
  readonly publish: readonly PortRequest[];
  /** Those that lead to such a port of the container, from such an address and port where they are named. */
  readonly unpublish: readonly PortRequest[];
}

/**
 * All of the change, or nothing.
 * @throws TeuError `conflict` for a container without networks, and as claimPorts; `not-found` for what is not published
 */
export async function changePorts(engine: Engine, { id }: ContainerRow, change: PortChange): Promise<void> {
  using _ = noteChange(engine, id);
  await letLocalhostIn(engine, id, change.publish);
  const given = engine.state.write((db) => {
    const row = changeable(db, id);
    if (row.document.network.mode.kind !== "networks")
      throw new TeuError("conflict", `cannot update container ${id}: published ports take a network of the container's`);
    const places = presentPlaces(db, row);
    const gone = places.ports.filter((port) => change.unpublish.some((asked) => leads(port, asked)));
    const document = withPorts(row.document, change);
    replaceDocument(db, document);
    for (const port of gone) dropPort(db, port);
    const running = namespaceOf(engine, id) !== undefined;
    const added = running ? publish(db, document, { connections: places.connections, requests: change.publish }) : [];
    refuseUsed(added);
    // The kernel's part is within the transaction: where it fails, nothing has changed.
    if (gone.length > 0) removePorts(engine, { ...places, ports: gone });
    if (added.length > 0) addWhereTablesAre(engine, { ...places, ports: added });
    return running ? gone : [];
  });
  await giveUpHeld(engine, id, given);
}

/** Whether a port is one of those that are meant: what is not said does not matter. */
function leads({ address, port, target, protocol }: PublishedPort | PortRequest, asked: PortRequest): boolean {
  return (
    target === asked.target &&
    protocol === asked.protocol &&
    (asked.port === undefined || port === asked.port) &&
    (asked.address === undefined || address === asked.address)
  );
}

function withPorts(document: ContainerDocument, { publish: more, unpublish }: PortChange): ContainerDocument {
  const { network } = document;
  for (const asked of unpublish)
    if (!network.ports.some((port) => leads(port, asked)) && !network.publishAll)
      throw new TeuError("not-found", `no public port '${asked.target}/${asked.protocol}' published for ${document.id}`);
  const kept = network.ports.filter((port) => !unpublish.some((asked) => leads(port, asked)));
  const exposed = [...new Set([...network.exposed, ...more.map(({ target, protocol }) => `${target}/${protocol}`)])];
  return { ...document, network: { ...network, exposed, ports: [...kept, ...more] } };
}

/** At a start the launcher takes the ports, and holds them; of a container that runs it can be looked at only. */
function refuseUsed(ports: readonly PublishedPort[]): void {
  const { isFree } = hostPortRules([]);
  const used = ports.find((port) => port.protocol === "tcp" && !isFree(port));
  if (used !== undefined)
    throw new TeuError(
      "conflict",
      `Bind for ${bracketed(used.address)}:${used.port} failed: a program of the host has the port (${used.protocol})`,
    );
}

/** Somebody may have flushed the tables. */
function addWhereTablesAre(engine: Engine, claimed: Claimed): void {
  try {
    addPorts(engine, claimed);
  } catch (error) {
    if (!(error instanceof KernelError) || error.errno !== ERRNO.ENOENT) throw error;
    engine.runtime.warn("the tables of the firewall are gone: teu network reload puts them back, with these ports");
  }
}

/**
 * The host's end of a network of the container may have been made without what answers to ::1 need. Before anything leads there: it does no harm where
 * nothing will.
 */
async function letLocalhostIn(engine: Engine, id: string, requests: readonly PortRequest[]): Promise<void> {
  const row = containerById(engine.state.rows, id);
  const namespace = namespaceOf(engine, id);
  if (row === undefined || namespace === undefined || requests.length === 0) return;
  const { connections } = presentPlaces(engine.state.rows, row);
  const asked = requests.map(({ target, protocol }) => ({ container: id, address: ANY_ADDRESS[6], port: 0, target, protocol }));
  const { host } = await wireContainer(engine, wiredPlaces(connections), targetsOf(connections, asked));
  workOnNetwork(engine.runtime, {
    doing: "publish ports",
    ...rootlessWithin(engine),
    container: namespace,
    steps: [{ send: { protocol: NETLINK_ROUTE, messages: host, tolerate: ["EEXIST"] } }],
  });
}
