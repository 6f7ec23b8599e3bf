// Published ports of an ordinary user's containers: forwarders (launcher/forward.c), which take the ports on the host before the container is
// started, so that the host's firewall and the host's other programs decide first. A container has one, and one more for each time that ports
// were added while it ran. In <run root>/rootless/ports/: `<container>-<n>.pid` from its first moment on, `<container>-<n>.json` when it is there.
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../../../base/atomic-file.ts";
import { TeuError } from "../../../base/errors.ts";
import { readStored } from "../../../base/stored-file.ts";
import { type Model, oneOf } from "../../../base/stored-value.ts";
import { FORWARDER_NAME, type ForwardedPort, forwardPorts } from "../../../kernel/state/networks/forward-ports.ts";
import type { NamespaceHolder } from "../../../kernel/state/networks/open-namespaces.ts";
import { addressBytes, bracketed, familyOf } from "../../../network/address/address.ts";
import type { Endpoint } from "../../../network/model/endpoint.ts";
import { PROTOCOLS, type PublishedPort } from "../../../network/model/port.ts";
import type { Engine } from "../../engine.ts";
import { IDENTITY, type Identity, lives, placeOf, recordedProcess, signalProcess } from "./record.ts";

type Port = Omit<PublishedPort, "container">;

/** A port, and where it leads. */
export interface RootlessTarget {
  readonly port: Port;
  readonly endpoint: Pick<Endpoint, "ipv4" | "ipv6">;
}

interface Forwarder extends Identity {
  readonly targets: readonly RootlessTarget[];
}

const FORWARDER: Model = {
  ...IDENTITY,
  targets: [{ port: { address: "", port: 0, target: 0, protocol: oneOf(PROTOCOLS) }, endpoint: {} }],
};

/**
 * Takes the ports.
 * @throws KernelError naming the port that is another's; TeuError `unsupported` for SCTP
 */
export function publishRootless(engine: Engine, container: string, targets: readonly RootlessTarget[], within: NamespaceHolder): void {
  if (targets.length === 0) return;
  const directory = placeOf(engine, "ports");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const name = freeName(directory, container);
  const pidFile = join(directory, `${name}.pid`);
  try {
    const process = forwardPorts(engine.runtime, { ports: targets.map(forwarded), within, pidFile });
    writeAtomically(join(directory, `${name}.json`), JSON.stringify({ ...process, targets } satisfies Forwarder));
  } catch (error) {
    rmSync(pidFile, { force: true });
    throw error;
  }
}

function forwarded({ port: { address, port, target, protocol }, endpoint: { ipv4, ipv6 } }: RootlessTarget): ForwardedPort {
  const subject = `${bracketed(address)}:${port}/${protocol}`;
  if (protocol === "sctp") throw new TeuError("unsupported", `publish ${subject}: without root there are TCP and UDP`);
  // One of the other family serves as well, though the container then does not see who its peer is.
  const to = familyOf(address) === 6 ? (ipv6 ?? ipv4) : (ipv4 ?? ipv6);
  const [from, bytes] = [addressBytes(address), addressBytes(to ?? "")];
  if (from === undefined || bytes === undefined) throw new TeuError("invalid", `publish ${subject}: the container has no address`);
  return { protocol, address: from, port, target: bytes, targetPort: target, subject };
}

/**
 * Gives ports of a container up, all of them where none are named; they are free when this returns. Others that the same process had are taken
 * anew, which breaks their connections.
 */
export function unpublishRootless(engine: Engine, container: string, within?: NamespaceHolder, ports?: readonly Port[]): void {
  const directory = placeOf(engine, "ports");
  for (const name of namesOf(directory, container)) {
    const forwarder = readForwarder(directory, name);
    const goes = ({ port }: RootlessTarget) => ports === undefined || ports.some((one) => isSame(one, port));
    if (forwarder !== undefined && !forwarder.targets.some(goes)) continue;
    endForwarder(directory, name, forwarder);
    const kept = forwarder?.targets.filter((target) => !goes(target)) ?? [];
    if (within !== undefined) publishRootless(engine, container, kept, within);
  }
}

const isSame = (a: Port, b: Port): boolean => a.address === b.address && a.port === b.port && a.protocol === b.protocol;

/** Containers that have forwarders, or had some that were killed. */
export function rootlessPublishers(engine: Engine): string[] {
  return [...new Set(filesIn(placeOf(engine, "ports")).map((name) => name.slice(0, name.lastIndexOf("-"))))];
}

/** Whether all that a container has published is served. */
export function isPublished(engine: Engine, container: string): boolean {
  const directory = placeOf(engine, "ports");
  return namesOf(directory, container).every((name) => {
    const forwarder = readForwarder(directory, name);
    return forwarder !== undefined && lives(forwarder);
  });
}

function readForwarder(directory: string, name: string): Forwarder | undefined {
  return readStored(join(directory, `${name}.json`), FORWARDER);
}

const LONGEST_MS = 2000;

function endForwarder(directory: string, name: string, known: Forwarder | undefined): void {
  // Without a record, the command was killed before it could write one.
  const process = known ?? recordedProcess(join(directory, `${name}.pid`), [FORWARDER_NAME]);
  if (process !== undefined && lives(process)) {
    signalProcess(process, "SIGTERM");
    for (let waited = 0; lives(process); waited++) {
      if (waited === LONGEST_MS) signalProcess(process, "SIGKILL");
      Bun.sleepSync(1);
    }
  }
  for (const ending of ["json.tmp", "json", "pid"]) rmSync(join(directory, `${name}.${ending}`), { force: true });
}

function filesIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

/** Of a container's forwarders, without the endings. */
function namesOf(directory: string, container: string): string[] {
  const stems = filesIn(directory).map((name) => name.slice(0, name.indexOf(".")));
  return [...new Set(stems.filter((stem) => stem.startsWith(`${container}-`)))];
}

function freeName(directory: string, container: string): string {
  const names = namesOf(directory, container);
  for (let number = 0; ; number++) if (!names.includes(`${container}-${number}`)) return `${container}-${number}`;
}
