// `--network private`: a container's own network namespace, joined to the host by a pasta of its own. It is started by a hook of the container's
// plan, when the namespace is there and before the program runs, and ends with the container's running state, in which its link lies.
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { TeuError } from "../../../base/errors.ts";
import { rootlessMaps } from "../../../containers/config/rootless-maps.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import type { NetworkMode } from "../../../containers/document/network.ts";
import { workOnNetwork } from "../../../kernel/state/networks/work.ts";
import { readProcess } from "../../../kernel/state/process.ts";
import { containerDir } from "../../../kernel/state/record.ts";
import type { PortRequest, PublishedPort } from "../../../network/model/port.ts";
import { pastaPrivate } from "../../../network/rootless/pasta.ts";
import { slirpAsPasta } from "../../../network/rootless/slirp-mode.ts";
import { UPLINK_PACKAGES } from "../../../network/rootless/uplink.ts";
import { ANY_ADDRESS } from "../../../network/state/ports.ts";
import type { Hooks } from "../../../spec/runtime/config.ts";
import type { Engine } from "../../engine.ts";
import { isRootless } from "./network.ts";
import { findUplinkProgram, runPasta, uplinkProblem } from "./uplink.ts";

/** The container's interface. */
const INTERFACE = "eth0";
const PATIENCE_SECONDS = 20;
const FAMILIES = [4, 6] as const;

type PrivateMode = Extract<NetworkMode, { kind: "private" }>;
type Port = Omit<PublishedPort, "container">;

/** What the hook is told, as its last argument. */
interface Request {
  readonly ports: readonly Port[];
  readonly options: readonly string[];
}

/**
 * The hook that starts it; nothing for other modes.
 * @throws TeuError `unsupported`, `unavailable` for what cannot be had, with what to do
 */
export function privateHooks(engine: Engine, { network }: Pick<ContainerDocument, "network">): { readonly hooks?: Hooks } {
  const { mode, ports } = network;
  if (mode.kind !== "private") return {};
  refuse(engine, mode);
  const options = mode.by === "slirp4netns" ? slirpAsPasta(mode.options) : mode.options;
  const request: Request = { ports: ports.flatMap(portsOf), options };
  const args = ["teu", "internal", "private-network", engine.runRoot, engine.root, JSON.stringify(request)];
  return { hooks: { createRuntime: [{ path: engine.self, args, timeout: PATIENCE_SECONDS }] } };
}

function refuse(engine: Engine, { by }: PrivateMode): void {
  if (!isRootless(engine))
    throw new TeuError("unsupported", `--network ${by ?? "private"}: root's containers are connected to networks as they are; use bridge`);
  if (findUplinkProgram("pasta") === undefined)
    throw new TeuError(
      "unavailable",
      `--network ${by ?? "private"} needs pasta, which is not installed (Debian package ${UPLINK_PACKAGES.pasta})`,
    );
  const problem = uplinkProblem();
  if (problem !== undefined) throw new TeuError("unavailable", `--network ${by ?? "private"}: ${problem}`);
}

function portsOf({ address, port, target, protocol }: PortRequest): Port[] {
  if (typeof port !== "number")
    throw new TeuError("unsupported", `-p ${target}/${protocol}: --network private needs a port of the host with it`);
  if (protocol === "sctp") throw new TeuError("unsupported", `-p ${port}:${target}/sctp: without root there are TCP and UDP`);
  const addresses = address === undefined ? FAMILIES.map((family) => ANY_ADDRESS[family]) : [address];
  return addresses.map((each) => ({ address: each, port, target, protocol }));
}

/**
 * What the hook does.
 * @param state the container's, as hooks read it
 * @throws TeuError with pasta's words
 */
export async function joinPrivate(engine: Engine, request: Request, state: { readonly id: string; readonly pid: number }): Promise<void> {
  const program = findUplinkProgram("pasta");
  if (program === undefined) throw new TeuError("unavailable", "pasta is not installed any more");
  const directory = containerDir(engine.runtime.root, state.id);
  // Alone in its directory: of several files that go at once, pasta sees the first.
  const link = join(directory, "uplink", "netns");
  mkdirSync(dirname(link), { mode: 0o700 });
  symlinkSync(`/proc/${state.pid}/ns/net`, link);
  const namespaces = { user: `/proc/${state.pid}/ns/user`, network: link };
  withoutWaiting(engine, state.pid);
  await runPasta(pastaPrivate({ program, namespaces, pidFile: join(directory, "pasta.pid"), interface: INTERFACE, ...request }));
}

/**
 * Its addresses of IPv6 are used at once. pasta (2023) takes the source that it saw last for the container's address, and has none before: what comes for
 * published ports until the interface's link-local address is sure, a second or two, would be lost.
 */
function withoutWaiting(engine: Engine, pid: number): void {
  const [start, maps] = [readProcess(pid)?.start, rootlessMaps(engine.runtime.facts())];
  if (start === undefined || maps === undefined) return; // it has ended, which pasta tells
  const sysctl = { path: "net/ipv6/conf/default/accept_dad", value: "0", tolerate: ["ENOENT"] as const };
  workOnNetwork(engine.runtime, { doing: "make the container's own network", within: { pid, start, maps }, steps: [{ sysctl }] });
}
