// Use case `network connect`: a container gets a place in one more network, at once where it runs, and at each start.
import type { Writer } from "../../../base/database.ts";
import { TeuError } from "../../../base/errors.ts";
import { type ContainerRow, containerById, replaceDocument } from "../../../containers/state/rows.ts";
import type { Attachment } from "../../../network/model/endpoint.ts";
import type { Network } from "../../../network/model/network.ts";
import { dropEndpoints } from "../../../network/state/endpoints.ts";
import { dropPort } from "../../../network/state/ports.ts";
import { attach, detach } from "../../../network/state/rows.ts";
import { awaitDns } from "../../dns/call.ts";
import type { Engine } from "../../engine.ts";
import { attachmentsOf, claimOne, publish, requestedPorts } from "../claims/claim.ts";
import { presentPlaces } from "../claims/targets.ts";
import { recordNetworkEvent } from "../event.ts";
import { noteChange } from "../host/changes.ts";
import { checked, refuseMixture, refuseWhileRunning } from "./attachments.ts";
import { withAttachments } from "./changeable.ts";
import { changeFiles, fileTexts } from "./files.ts";
import { wireRunning } from "./running.ts";
import { changeSteady } from "./steady.ts";

/**
 * @throws TeuError `conflict` for a container whose network namespace is not its own, or that is there already; as claimEndpoints; KernelError
 * where the kernel refuses, and nothing has changed then
 */
export async function connectContainer(engine: Engine, { id }: ContainerRow, network: Network, asked: Attachment): Promise<void> {
  const attachment = checked(asked, network);
  using _ = noteChange(engine, id);
  const done = await changeSteady(engine, id, (db, row, namespace) => {
    const attachments = [...joinable(row, network), attachment];
    refuseMixture(attachments);
    const document = withAttachments(row.document, attachments);
    const before = presentPlaces(db, row);
    replaceDocument(db, document);
    attach(db, id, network.id);
    if (namespace === undefined) return undefined; // from its next start on
    refuseWhileRunning(network);
    const subject = { name: row.name, document };
    const connection = claimOne(db, engine, subject, attachment);
    const connections = [...before.connections, connection];
    // One that had no way in has its ports now, as docker does.
    const requests = before.ports.length === 0 ? requestedPorts(document.network) : [];
    const ports = publish(db, document, { connections, requests });
    return { namespace, before, after: { subject, connections, ports: [...before.ports, ...ports] }, connection, ports };
  });
  if (done === undefined) return;
  const { namespace, before, after, connection, ports } = done;
  try {
    await wireRunning(engine, namespace, done, connection);
    if (ports.length > 0) {
      const { addPorts } = await import("./publish.ts");
      engine.state.write(() => addPorts(engine, { ...after, ports }));
    }
  } catch (error) {
    engine.state.write((db) => {
      for (const port of ports) dropPort(db, port);
      takeBack(engine, db, id, network);
    });
    throw error;
  }
  engine.state.write((db) =>
    changeFiles(engine, id, fileTexts(db, before.subject, before.connections), fileTexts(db, after.subject, after.connections)),
  );
  if (network.names) await awaitDns(engine, [network.id]);
}

/** Those that it has. @throws TeuError `conflict`, in docker's words */
function joinable({ name, document }: ContainerRow, network: Network): readonly Attachment[] {
  const { kind } = document.network.mode;
  if (kind === "none" || kind === "private")
    throw new TeuError(
      "conflict",
      `container ${name} cannot be connected to multiple networks with one of the networks in ${kind} mode${kind === "none" ? ": disconnect it from none first" : ""}`,
    );
  if (kind !== "networks")
    throw new TeuError(
      "conflict",
      `container ${name} shares the network namespace of another container or of the host: it cannot be connected to any other network`,
    );
  const attachments = attachmentsOf(document);
  if (attachments.some((one) => one.network === network.id))
    throw new TeuError("conflict", `endpoint with name ${name} already exists in network ${network.name}`);
  return attachments;
}

function takeBack(engine: Engine, db: Writer, id: string, network: Network): void {
  const row = containerById(db, id);
  if (row === undefined) return;
  replaceDocument(
    db,
    withAttachments(
      row.document,
      attachmentsOf(row.document).filter((one) => one.network !== network.id),
    ),
  );
  detach(db, id, network.id);
  if (dropEndpoints(db, id, network.id).length > 0) recordNetworkEvent(db, engine, { action: "disconnect", network, container: id });
}
