// The networks that a container is to be connected to, by what people call them: their ids, as names may be given to others.
import { TeuError } from "../../../base/errors.ts";
import type { Attachment } from "../../../network/model/endpoint.ts";
import { BRIDGE_DRIVERS, type Network } from "../../../network/model/network.ts";
import type { Engine } from "../../engine.ts";
import { findOrRegisterNetwork } from "../objects/find.ts";

/**
 * The same attachments with the ids of their networks; the default network gets its row where it has none.
 * @throws TeuError as findNetwork; `invalid` for what its network does not have
 */
export async function withNetworkIds(engine: Engine, attachments: readonly Attachment[]): Promise<readonly Attachment[]> {
  const found: Attachment[] = [];
  for (const attachment of attachments) found.push(checked(attachment, await findOrRegisterNetwork(engine, attachment.name)));
  const twice = found.find(({ network }, index) => found.findIndex((other) => other.network === network) !== index);
  if (twice !== undefined) throw new TeuError("invalid", `network ${JSON.stringify(twice.name)} is specified multiple times`);
  refuseMixture(found);
  return found;
}

/** Whoever makes the namespace connects it: plugins, or the launcher. @throws TeuError `unsupported` */
export function refuseMixture(attachments: readonly Attachment[]): void {
  const others = attachments.filter(({ cni }) => cni !== true);
  if (others.length > 0 && others.length < attachments.length)
    throw new TeuError("unsupported", `network ${others[0]?.name}: a container of networks that CNI plugins make has no others`);
}

/** Plugins are asked as a container starts and when it has ended. @throws TeuError `unsupported` */
export function refuseWhileRunning({ name, driver }: Network): void {
  if (driver === "cni")
    throw new TeuError(
      "unsupported",
      `network ${name} is made by CNI plugins: containers come to it as they start, and leave it as they end; stop the container first`,
    );
}

/** By a cable of ours, or by plugins. */
const LIMITED: readonly Network["driver"][] = [...BRIDGE_DRIVERS, "cni"];

/** docker's words. */
export function checked(attachment: Attachment, { id, name, names, driver }: Network): Attachment {
  if (!names && attachment.aliases.length > 0)
    throw new TeuError("invalid", `network-scoped aliases are only supported for user-defined networks: ${name} has no names`);
  if (attachment.rate !== undefined && !LIMITED.includes(driver))
    throw new TeuError("unsupported", `--network-rate: ${driver} (network ${name}) has no end on the host at which packets could be held`);
  return { ...attachment, network: id, name, ...(driver === "cni" ? { cni: true } : {}) };
}
