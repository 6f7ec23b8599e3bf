// Use case `network disconnect`: a container gives up its place in a network, at once where it runs.
import { TeuError } from "../../../base/errors.ts";
import { type ContainerRow, replaceDocument } from "../../../containers/state/rows.ts";
import { dropEndpoints } from "../../../network/state/endpoints.ts";
import { detach } from "../../../network/state/rows.ts";
import { callDns } from "../../dns/call.ts";
import type { Engine } from "../../engine.ts";
import { attachmentsOf } from "../claims/claim.ts";
import { presentPlaces } from "../claims/targets.ts";
import { recordNetworkEvent } from "../event.ts";
import { noteChange } from "../host/changes.ts";
import { HOST_STAYS } from "../objects/predefined.ts";
import { isRootless } from "../rootless/network.ts";
import { refuseWhileRunning } from "./attachments.ts";
import { changeable, withAttachments } from "./changeable.ts";
import { changeFiles, fileTexts } from "./files.ts";
import { giveUpHeld } from "./held-ports.ts";
import { dropLost, movePorts } from "./publish.ts";
import { namespaceOf, unwireRunning } from "./running.ts";

/**
 * One that is on `none` can be connected to networks afterwards.
 * @param network its id, and what people call it: it may be gone itself
 * @throws TeuError `conflict` for the host's, and where the container is not connected to it
 */
export async function disconnectContainer(
  engine: Engine,
  { id }: ContainerRow,
  network: { readonly id: string; readonly name: string },
): Promise<void> {
  using _ = noteChange(engine, id);
  const done = engine.state.write((db) => {
    const row = changeable(db, id);
    if (network.name === "host") throw new TeuError("conflict", HOST_STAYS);
    const attachments = attachmentsOf(row.document);
    const kept = attachments.filter((one) => one.network !== network.id);
    if (kept.length === attachments.length && !(network.name === "none" && row.document.network.mode.kind === "none"))
      throw new TeuError("conflict", `container ${row.name} is not connected to the network ${network.name}`);
    const namespace = namespaceOf(engine, id);
    if (kept.length === attachments.length && namespace !== undefined && isRootless(engine))
      throw new TeuError("conflict", `container ${row.name} runs outside of the user's networks: stop it first`);
    const document = withAttachments(row.document, kept);
    const before = presentPlaces(db, row);
    replaceDocument(db, document);
    detach(db, id, network.id);
    const left = before.connections.find((one) => one.network.id === network.id);
    if (left === undefined || namespace === undefined) return undefined;
    refuseWhileRunning(left.network);
    dropEndpoints(db, id, network.id);
    recordNetworkEvent(db, engine, { action: "disconnect", network: left.network, container: id });
    const subject = { name: row.name, document };
    const connections = before.connections.filter((one) => one !== left);
    const ports = dropLost(db, { connections, ports: before.ports });
    return { namespace, left, before, after: { subject, connections, ports } };
  });
  if (done === undefined) return;
  const { namespace, left, before, after } = done;
  if (before.ports.length > 0) movePorts(engine, done);
  await giveUpHeld(
    engine,
    id,
    before.ports.filter((port) => !after.ports.includes(port)),
  );
  await unwireRunning(engine, namespace, done, left);
  engine.state.write((db) =>
    changeFiles(engine, id, fileTexts(db, before.subject, before.connections), fileTexts(db, after.subject, after.connections)),
  );
  await callDns(engine);
}
