// Networks made, and network namespaces wired to them as containers are, without containers: `bun plain-program.ts ROOT RUN-ROOT`, to be called
// in the network namespace that is to be the host's. Standard input is a list of steps as JSON.
import { join } from "node:path";
import { exampleDocument } from "../../../src/containers/document/example.fixture.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { wireContainer } from "../../../src/engine/networks/containers/wire.ts";
import { inFirewall } from "../../../src/engine/networks/host/firewall.ts";
import { tearDown } from "../../../src/engine/networks/host/make.ts";
import { ownPlace } from "../../../src/engine/networks/host/namespace.ts";
import { carryOut } from "../../../src/engine/networks/host/place.ts";
import { reloadNetworks } from "../../../src/engine/networks/host/reload.ts";
import { sweepKernel } from "../../../src/engine/networks/host/sweep.ts";
import { bringUp } from "../../../src/engine/networks/host/up.ts";
import { stateDatabase } from "../../../src/engine/state/state.ts";
import { NETLINK_NETFILTER, NETLINK_ROUTE } from "../../../src/kernel/netlink/message.ts";
import { readCgroupFacts } from "../../../src/kernel/probe/cgroup-read.ts";
import { readHostFacts } from "../../../src/kernel/probe/facts.ts";
import { workOnNetwork } from "../../../src/kernel/state/networks/work.ts";
import { addressBytes } from "../../../src/network/address/address.ts";
import { forgetContainer, forgetPort } from "../../../src/network/firewall/conntrack.ts";
import { type PortTarget, removePortElements } from "../../../src/network/firewall/elements.ts";
import type { Endpoint } from "../../../src/network/model/endpoint.ts";
import { engineTag } from "../../../src/network/model/engine-tag.ts";
import type { Network } from "../../../src/network/model/network.ts";
import { dropPorts } from "../../../src/network/state/ports.ts";
import { deleteNetworkRow, insertNetwork } from "../../../src/network/state/rows.ts";
import { executable } from "../../support/executables.ts";

/** One thing to do. */
export type PlainStep =
  | { readonly up: Network }
  | { readonly down: Network }
  | {
      /** The path of the namespace that is to be a container's. */
      readonly wire: string;
      readonly network: Network;
      readonly endpoint: Endpoint;
      readonly defaultRoute: boolean;
      readonly ports: readonly PortTarget["port"][];
    }
  | { readonly unpublish: readonly PortTarget["port"][]; readonly network: Network; readonly endpoint: Endpoint }
  /** As if a command had been killed after the rows were gone. */
  | { readonly forget: Pick<Endpoint, "container"> }
  | { readonly sweep: true }
  | { readonly reload: true };

const [, , root = "", runRoot = ""] = process.argv;
const facts = readHostFacts({ cgroup: readCgroupFacts });
const state = stateDatabase(root);
// Nothing else of an engine is looked at.
const engine = {
  root,
  runRoot,
  state,
  runtime: {
    root: join(runRoot, "containers"),
    launcher: executable("teu-launcher"),
    cacheDir: join(runRoot, "cache"),
    build: "test",
    clamp: true,
    facts: () => facts,
    now: () => new Date(),
    warn: (message: string) => console.error(message),
  },
} as Engine;

for (const step of JSON.parse(await Bun.stdin.text()) as readonly PlainStep[]) await take(step);

async function take(step: PlainStep): Promise<void> {
  if ("up" in step) {
    state.write((db) => insertNetwork(db, step.up));
    await bringUp(engine, step.up);
  } else if ("down" in step) {
    state.write((db) => {
      db.query("DELETE FROM containers").run();
      deleteNetworkRow(db, step.down.id);
    });
    await tearDown(engine, step.down);
  } else if ("wire" in step) await wire(step);
  else if ("unpublish" in step) unpublish(step);
  else if ("forget" in step) state.write((db) => db.query("DELETE FROM containers WHERE id = ?").run(step.forget.container));
  else if ("sweep" in step) await sweepKernel(engine);
  else await reloadNetworks(engine);
}

async function wire({ wire: path, network, endpoint, defaultRoute, ports }: Extract<PlainStep, { wire: string }>): Promise<void> {
  note(endpoint, ports);
  const targets = ports.map((port) => ({ port, network, endpoint }));
  const { host, inside, firewall } = await wireContainer(engine, [{ network, endpoint, defaultRoute }], targets);
  const forgotten = ports.filter(({ protocol }) => protocol === "udp").map(forgetPort);
  workOnNetwork(engine.runtime, {
    container: { path },
    steps: [
      { send: { protocol: NETLINK_ROUTE, messages: host } },
      { send: { protocol: NETLINK_NETFILTER, messages: firewall } },
      { send: { protocol: NETLINK_NETFILTER, messages: forgotten } },
      { send: { protocol: NETLINK_ROUTE, messages: inside, namespace: { path } } },
    ],
  });
}

/** The rows that a running container has. */
function note(
  { id, container, network, ordinal, interface: inside, hostInterface, mac, ipv4, ipv6 }: Endpoint,
  ports: readonly PortTarget["port"][],
) {
  const digits = (address: string | undefined) => (address === undefined ? null : (addressBytes(address)?.toHex() ?? null));
  const attachment = { network, name: network, aliases: [], links: [], priority: 0, options: {} };
  const plain = exampleDocument();
  const mode = { kind: "networks", attachments: [attachment] } as const;
  const document = JSON.stringify({ ...plain, id: container, network: { ...plain.network, mode } });
  state.write((db) => {
    db.query("INSERT INTO containers (id, name, created, document) VALUES (?, ?, 0, ?)").run(container, container.slice(0, 12), document);
    db.query("INSERT INTO endpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      container,
      network,
      id,
      ordinal,
      inside,
      hostInterface ?? null,
      mac,
      digits(ipv4),
      digits(ipv6),
    );
    for (const { protocol, port, address, target } of ports)
      db.query("INSERT INTO ports VALUES (?, ?, ?, ?, ?)").run(protocol, port, address, container, target);
  });
}

function unpublish({ unpublish: ports, network, endpoint }: Extract<PlainStep, { unpublish: unknown }>): void {
  const targets = ports.map((port) => ({ port, network, endpoint }));
  const addresses = [endpoint.ipv4, endpoint.ipv6].flatMap((address) => address ?? []);
  state.write((db) => dropPorts(db, endpoint.container));
  carryOut(engine, ownPlace(), "unpublish", [
    inFirewall(removePortElements(engineTag(root), targets)),
    inFirewall(addresses.map(forgetContainer)),
  ]);
}
