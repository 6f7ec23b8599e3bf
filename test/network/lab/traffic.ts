// Sends and answers real packets in the lab, by test/network/lab/traffic.py: TCP and UDP servers that answer with the address that they see,
// and probes, all of one place in one process.
import { join } from "node:path";
import { eventually, type Running } from "../../support/run.ts";
import { HOST, type Lab, type Place } from "./lab.ts";

/** Python reads it at once: the program may be started in places whose files are others. */
const PROGRAM = join(import.meta.dir, "traffic.py");

let found: string | undefined;

/** The command for the program. The interpreter itself and no packages: shims and site directories take longer than what is to be done. */
export function traffic(command: "serve" | "probe", ...args: readonly string[]): readonly string[] {
  found ??= Bun.spawnSync(["python3", "-c", "import sys; print(sys.executable)"]).stdout.toString().trim();
  return [found, "-I", "-S", PROGRAM, command, ...args];
}

/** Every way to a port of the host. */
export const WAYS: readonly (readonly [from: Place, to: string])[] = [
  ["host", "127.0.0.1"],
  ["host", "::1"],
  ["host", HOST.ipv4],
  ["host", HOST.ipv6],
  ["peer", HOST.ipv4],
  ["peer", HOST.ipv6],
];

export interface Probe {
  /** `asking` is TCP, too; the client says something before it waits for the answer. */
  readonly kind: "tcp" | "asking" | "udp" | "icmp";
  readonly to: string;
  readonly port?: number;
  /** The port that a datagram is sent from; one that is free otherwise. */
  readonly source?: number;
  /** Nothing is to come back: that is waited for only a moment. */
  readonly nothing?: true;
}

/** What came back: the address that the server saw, `pong`, `refused`, the sentence of another error, or null where nothing came. */
export type Answer = string | null;

/** Serves ports in a place until the lab ends. */
export async function serve(lab: Lab, place: Place, ...ports: readonly number[]): Promise<Running> {
  const server = lab.start(place, traffic("serve", ...ports.map(String)));
  await eventually(`a server in ${place}`, () => server.stdout().includes("ready"));
  return server;
}

/** Sends all probes of a place at once. */
export async function probe(lab: Lab, place: Place, probes: readonly Probe[]): Promise<readonly Answer[]> {
  if (probes.length === 0) return [];
  return JSON.parse(await lab.in(place, traffic("probe", JSON.stringify(probes)))) as Answer[];
}

/** One probe. */
export async function ask(lab: Lab, place: Place, kind: Probe["kind"], to: string, port?: number): Promise<Answer> {
  return askOne(lab, place, { kind, to, ...(port === undefined ? {} : { port }) });
}

/** One that nothing is to come back of. */
export async function askInVain(lab: Lab, place: Place, kind: Probe["kind"], to: string, port?: number): Promise<Answer> {
  return askOne(lab, place, { kind, to, nothing: true, ...(port === undefined ? {} : { port }) });
}

async function askOne(lab: Lab, place: Place, one: Probe): Promise<Answer> {
  const [answer = null] = await probe(lab, place, [one]);
  return answer;
}
