// Sends and answers real packets in the lab, by test/network/lab/traffic.py: TCP and UDP servers that answer with the address that they see,
// and probes, all of one place in one process.
import { join } from "node:path";
import { eventually, type Running } from "../../support/run.ts";
import type { Lab, Place } from "./lab.ts";

/** Kept open in memory by python: the program may be started in places whose files are others. */
const PROGRAM = join(import.meta.dir, "traffic.py");

export interface Probe {
  readonly kind: "tcp" | "udp" | "icmp";
  readonly to: string;
  readonly port?: number;
}

/** What came back: the address that the server saw, `pong`, `refused`, the sentence of another error, or null where nothing came. */
export type Answer = string | null;

/** Serves ports in a place until the lab ends. */
export async function serve(lab: Lab, place: Place, ...ports: readonly number[]): Promise<Running> {
  const server = lab.start(place, ["python3", PROGRAM, "serve", ...ports.map(String)]);
  await eventually(`a server in ${place}`, () => server.stdout().includes("ready"));
  return server;
}

/** Sends all probes of a place at once. */
export async function probe(lab: Lab, place: Place, probes: readonly Probe[]): Promise<readonly Answer[]> {
  if (probes.length === 0) return [];
  return JSON.parse(await lab.in(place, ["python3", PROGRAM, "probe", JSON.stringify(probes)])) as Answer[];
}

/** One probe. */
export async function ask(lab: Lab, place: Place, kind: Probe["kind"], to: string, port?: number): Promise<Answer> {
  const [answer = null] = await probe(lab, place, [{ kind, to, ...(port === undefined ? {} : { port }) }]);
  return answer;
}
