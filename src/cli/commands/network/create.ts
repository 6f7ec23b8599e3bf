// `teu network create`: docker's flags, and podman's.
import { InvalidInputError, TeuError } from "../../../base/errors.ts";
import { createNetwork } from "../../../engine/networks/objects/create.ts";
import { findNetwork } from "../../../engine/networks/objects/find.ts";
import { draftOf } from "../../../network/create/draft-of.ts";
import { DRIVERS, type DriverName } from "../../../network/model/network.ts";
import { command } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { REFUSED, refuseOthers } from "./refused.ts";

/** What a network of CNI has of its configuration list. */
const PLUGINS_DECIDE = ["aux-address", "gateway", "interface-name", "internal", "ip-range", "ipv4", "ipv6", "subnet"] as const;

export default command({
  name: "network create",
  summary: "Make a network",
  usage: "[flags] NETWORK",
  flags: {
    attachable: { type: "boolean", summary: "Shown by inspect; containers can be connected to any network by hand" },
    "aux-address": { type: "pairs", value: "NAME=ADDRESS", summary: "An address that no container gets" },
    "disable-dns": { type: "boolean", summary: "Names of containers do not resolve" },
    driver: { type: "string", short: "d", value: "NAME", summary: `What kind of network: ${DRIVERS.join(", ")}` },
    gateway: { type: "string", multiple: true, value: "ADDRESS", summary: "The address of the host; the first of the subnet otherwise" },
    ignore: { type: "boolean", summary: "It is no failure when there is a network of this name" },
    "interface-name": { type: "string", value: "NAME", summary: "The bridge's name on the host, or the parent of macvlan and ipvlan" },
    internal: { type: "boolean", summary: "No way out of it, and no published ports" },
    "ip-range": { type: "string", multiple: true, value: "PREFIX", summary: "Which part of the subnet containers get addresses of" },
    ipv4: { type: "boolean", summary: "IPv4 addresses; --ipv4=false for none" },
    ipv6: { type: "boolean", summary: "IPv6 addresses, as bridges have where the host does; --ipv6=false for none" },
    label: { type: "pairs", summary: "Say something of the network" },
    opt: { type: "pairs", short: "o", summary: "An option of the driver: mtu=1400, parent=eth0" },
    subnet: { type: "string", multiple: true, value: "PREFIX", summary: "Its addresses (10.5.0.0/24); a free subnet otherwise" },
    ...REFUSED,
  },
  args: { min: 1, max: 1 },
  failed: 1,
  examples: [
    "teu network create front",
    "teu network create --subnet 10.5.0.0/24 --subnet fd00:5::/64 --ip-range 10.5.0.128/25 back",
    "teu network create --internal --ipv6=false db",
    "teu network create -d macvlan -o parent=eth0 --subnet 192.168.1.0/24 --gateway 192.168.1.1 --ip-range 192.168.1.192/27 lan",
    "teu network create -d cni -o conflist=/etc/cni/net.d/10-net.conflist net",
  ],
  async run({ flags, args: [name = ""], context }) {
    refuseOthers(flags);
    const engine = engineOf(context);
    const options = Object.fromEntries(flags.opt ?? []);
    const driver = driverOf(flags.driver ?? "bridge");
    const cni = driver === "cni" ? await import("../../../network/cni/create.ts") : undefined;
    const draft = draftOf({
      name,
      driver,
      subnets: flags.subnet ?? [],
      gateways: flags.gateway ?? [],
      ranges: flags["ip-range"] ?? [],
      reserved: flags["aux-address"] ?? new Map(),
      ipv4: flags.ipv4,
      ipv6: flags.ipv6,
      internal: flags.internal === true,
      attachable: flags.attachable === true,
      names: flags["disable-dns"] !== true && driver !== "cni",
      interface: flags["interface-name"],
      options,
      settings: cni?.cniSettings({
        options,
        foreign: PLUGINS_DECIDE.flatMap((flag) => (flags[flag] === undefined ? [] : [`--${flag}`])),
        path: cni.pluginPath(context.env.CNI_PATH),
        rootless: engine.runtime.facts().rootless,
      }),
      labels: Object.fromEntries(flags.label ?? []),
    });
    if (flags.ignore === true) {
      try {
        context.out(`${findNetwork(engine, draft.name).id}\n`);
        return 0;
      } catch (error) {
        if (!(error instanceof TeuError && error.code === "not-found")) throw error;
      }
    }
    context.out(`${(await createNetwork(engine, draft)).id}\n`);
    return 0;
  },
});

/** @throws InvalidInputError in words that say what there is */
function driverOf(word: string): DriverName {
  const found = DRIVERS.find((driver) => driver === word);
  if (found !== undefined) return found;
  const other = word === "overlay" ? "; overlay takes a swarm, vxlan joins hosts without one" : "";
  throw new InvalidInputError("the network", [
    { field: "--driver", message: `there is no driver ${JSON.stringify(word)}, but ${DRIVERS.join(", ")}${other}` },
  ]);
}
