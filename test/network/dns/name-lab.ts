// A lab for names: network namespaces that stand for containers, each at a gateway of `host`, and the name server that the peer runs. Rows say
// what containers there are; the name server is the real one, unless its resolv.conf has to be the test's.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StateDatabase } from "../../../src/base/database.ts";
import { stateDatabase } from "../../../src/engine/state/state.ts";
import { eventually, type Running } from "../../support/run.ts";
import { type Lab, PEER, withLab } from "../lab/lab.ts";
import { putContainer, putNetwork } from "./rows.ts";

/** Networks with one container that has a place in the lab; others have rows only. */
const NETWORKS = [
  {
    name: "front",
    client: "c1",
    gateway: ["10.89.0.1", "fd00:1::1"],
    address: ["10.89.0.2", "fd00:1::2"],
    prefix: ["10.89.0.0/24", "fd00:1::/64"],
    internal: false,
  },
  { name: "back", client: "c2", gateway: ["10.90.0.1"], address: ["10.90.0.2"], prefix: ["10.90.0.0/24"], internal: true },
] as const;

export const FRONT = "10.89.0.1";
export const FRONT6 = "fd00:1::1";
export const BACK = "10.90.0.1";

export interface NamesLab {
  readonly lab: Lab;
  readonly state: StateDatabase;
  /** Starts a name server with the test's resolv.conf; it listens when this returns. */
  serve(): Promise<Running>;
  resolvers(...servers: readonly string[]): void;
  /** What the peer's name server was asked: protocol, type, name, id, port. */
  asked(): readonly (readonly string[])[];
  /** `dig` in a container's place: what was answered. */
  dig(place: string, ...args: readonly string[]): Promise<string>;
  /** The same: NOERROR, SERVFAIL … */
  status(place: string, ...args: readonly string[]): Promise<string>;
}

export function withNames(body: (names: NamesLab) => Promise<void>): Promise<void> {
  return withLab(
    async (lab) => {
      const state = stateDatabase(lab.roots.root);
      const [resolvConf, log] = [join(lab.roots.directory, "resolv.conf"), join(lab.roots.directory, "asked")];
      const resolvers = (...servers: readonly string[]) =>
        writeFileSync(resolvConf, servers.map((server) => `nameserver ${server}\n`).join(""));
      writeFileSync(log, "");
      resolvers(PEER.ipv4);
      try {
        for (const network of NETWORKS) await makeNetwork(lab, state, network);
        const upstream = lab.start("peer", [process.execPath, join(import.meta.dir, "upstream.ts"), log, PEER.ipv4, PEER.ipv6]);
        await eventually("the peer's name server listens", () => upstream.stdout().includes("ready"));
        await body({
          lab,
          state,
          resolvers,
          asked: () =>
            readFileSync(log, "utf8")
              .split("\n")
              .filter(Boolean)
              .map((line) => line.split(" ")),
          dig: (place, ...args) => dig(lab, place, ["+short", ...args]),
          status: async (place, ...args) => /status: (\w+)/.exec(await dig(lab, place, args))?.[1] ?? "none",
          async serve() {
            const program = join(import.meta.dir, "program.ts");
            const running = lab.start("host", [process.execPath, program, lab.roots.root, lab.roots.runRoot, resolvConf]);
            await listening(lab, state);
            return running;
          },
        });
      } finally {
        state.close();
      }
    },
    { leftovers: "sweep" },
  );
}

async function dig(lab: Lab, place: string, args: readonly string[]): Promise<string> {
  return (await lab.run(place, ["dig", "+timeout=6", "+tries=1", ...args])).stdout.trim();
}

async function makeNetwork(
  lab: Lab,
  state: StateDatabase,
  { name, client, gateway, address, prefix, internal }: (typeof NETWORKS)[number],
) {
  await lab.place(client);
  const length = (index: number) => (index === 0 ? 24 : 64);
  await lab.cable([
    { place: "host", interface: name, addresses: gateway.map((one, index) => `${one}/${length(index)}`) },
    { place: client, interface: "eth0", addresses: address.map((one, index) => `${one}/${length(index)}`) },
  ]);
  putNetwork(state, { name, internal, subnets: prefix.map((one, index) => ({ prefix: one, gateway: gateway[index] ?? "" })) });
  putContainer(state, client, [{ network: name, addresses: address }]);
}

/** Whoever waits for the name server reads of it in the run root; here, the gateways answer. */
export async function listening(lab: Lab, state: StateDatabase): Promise<void> {
  const { awaitListening } = await import("../../../src/engine/dns/await.ts");
  const warn = (message: string) => {
    throw new Error(message);
  };
  const ids = state.rows.query<{ id: string }, []>("SELECT id FROM networks").all();
  const { root, runRoot } = lab.roots;
  await awaitListening(
    { state, root, runRoot, self: lab.program, runtime: { warn } },
    ids.map(({ id }) => id),
    { heard: false },
  );
}

/** Process ids of the lab's own name servers. */
export function serversOf({ roots }: Lab): readonly string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(`\0internal\0dns\0${roots.runRoot}\0`);
    } catch {
      return false; // it has just ended
    }
  });
}
