// Published ports of an ordinary user's containers: a forwarder for each container (launcher/forward.c), which takes the ports on the host before
// the container is started, so that the host's firewall and the host's other programs decide first.
import { closeSync, constants, mkdirSync, openSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { type ForwardedPort, forwardPorts } from "../../kernel/state/forward-ports.ts";
import { addressBytes, familyOf } from "../../network/address/address.ts";
import type { Endpoint } from "../../network/model/endpoint.ts";
import type { PublishedPort } from "../../network/model/port.ts";
import type { Engine } from "../engine.ts";
import { type RootlessNetwork, rootlessNetwork } from "./rootless.ts";
import { placeOf } from "./rootless-record.ts";

export interface RootlessPublication {
  readonly container: string;
  /** What error sentences call it. */
  readonly name: string;
  readonly ports: readonly PublishedPort[];
  /** Where they lead. */
  readonly endpoint: Pick<Endpoint, "ipv4" | "ipv6">;
}

/**
 * Takes the ports; those that the container had from before are given up first.
 * @throws KernelError naming the port that is another's; TeuError `unsupported` for SCTP
 */
export async function publishRootless(engine: Engine, publication: RootlessPublication, network?: RootlessNetwork): Promise<void> {
  const { container, name, ports, endpoint } = publication;
  await unpublishRootless(engine, container);
  if (ports.length === 0) return;
  const directory = placeOf(engine, "ports");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await forwardPorts(engine.runtime, {
    ports: ports.map((port) => forwarded(port, endpoint)),
    within: network ?? (await rootlessNetwork(engine)),
    bell: { directory, name: container },
    from: `publish ports of ${name}`,
  });
}

function forwarded({ address, port, target, protocol }: PublishedPort, { ipv4, ipv6 }: RootlessPublication["endpoint"]): ForwardedPort {
  const subject = `${familyOf(address) === 6 ? `[${address}]` : address}:${port}/${protocol}`;
  if (protocol === "sctp") throw new TeuError("unsupported", `publish ${subject}: without root there are TCP and UDP`);
  // One of the other family serves as well, though the container then does not see who its peer is.
  const to = familyOf(address) === 6 ? (ipv6 ?? ipv4) : (ipv4 ?? ipv6);
  const [from, bytes] = [addressBytes(address), addressBytes(to ?? "")];
  if (from === undefined || bytes === undefined) throw new TeuError("invalid", `publish ${subject}: the container has no address`);
  return { protocol, address: from, port, target: bytes, targetPort: target, subject };
}

/** Gives a container's ports up; they are free when this returns. */
export async function unpublishRootless(engine: Engine, container: string): Promise<void> {
  const directory = placeOf(engine, "ports");
  await ring(directory, container);
  rmSync(join(directory, container), { force: true });
}

/** Of all containers that have a forwarder, or had one that was killed. */
export function rootlessPublishers(engine: Engine): string[] {
  try {
    return readdirSync(placeOf(engine, "ports"));
  } catch {
    return []; // nothing was ever published
  }
}

/** Ends the forwarder that listens there, and waits until it has. Nothing where there is none. */
async function ring(directory: string, name: string): Promise<void> {
  let fd: number;
  try {
    fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return;
  }
  try {
    const { promise, resolve } = Promise.withResolvers<void>();
    await Bun.connect({ unix: `/proc/self/fd/${fd}/${name}`, socket: { data() {}, close: () => resolve(), error: () => resolve() } });
    await promise;
  } catch {
    // ENOENT, or ECONNREFUSED where it was killed
  } finally {
    closeSync(fd);
  }
}
