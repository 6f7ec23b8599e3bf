// `network create --opt KEY=VALUE`: what the keys of docker and podman mean here, a row each. What is not here is refused: an option that is
// taken and ignored is worse than none.
import { InvalidInputError, type Problem } from "../../base/errors.ts";
import { truthOf } from "../../base/truth.ts";
import { type IpAddress, parseAddress } from "../address/address.ts";
import { newInterfaceFault } from "../model/interface-name.ts";
import { BRIDGE_DRIVERS, type DriverName, type DriverSettings, type Network } from "../model/network.ts";

/** What options say of a network. */
export type OptionFields = Partial<
  Pick<Network, "interface" | "interfacePrefix" | "mtu" | "isolated" | "masquerade" | "publish" | "settings">
>;

type Vxlan = Extract<DriverSettings, { readonly kind: "vxlan" }>;

/** With what of a vxlan is said so far. */
type ReadFields = OptionFields & { readonly vxlan?: Partial<Vxlan> };

interface OptionRule {
  readonly drivers: readonly DriverName[];
  /** @throws Refusal */
  readonly read: (value: string) => ReadFields;
}

const LINKS: readonly DriverName[] = ["bridge", "macvlan", "ipvlan", "vxlan"];

/** Why an option cannot be had. */
class Refusal extends Error {}

function truth(text: string): boolean {
  const value = truthOf(text);
  if (value === undefined) throw new Refusal(`${JSON.stringify(text)} is neither true nor false`);
  return value;
}

function oneOf<const T extends string>(words: readonly T[], text: string): T {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new Refusal(`${JSON.stringify(text)} is none of ${words.join(", ")}`);
  return found;
}

/** The least that IPv4 needs (RFC 791), and the most that a packet has. */
const MTU = { least: 68, most: 65_535 };

function number(text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (value < least || value > most) throw new Refusal(`${JSON.stringify(text)} is not from ${least} to ${most}`);
  return value;
}

const mtu = (text: string): OptionFields => ({ mtu: number(text, MTU.least, MTU.most) });

function address(text: string): IpAddress {
  try {
    return parseAddress(text, "");
  } catch {
    throw new Refusal(`${JSON.stringify(text)} is not an IP address`);
  }
}

function interfaceName(text: string): string {
  const fault = newInterfaceFault(text);
  if (fault === undefined) return text;
  throw new Refusal(`${JSON.stringify(text)} ${fault}`);
}

/** With a number behind it, it is a name. */
function prefix(text: string): OptionFields {
  if (newInterfaceFault(`${text}000`) !== undefined || !/^[a-zA-Z]/.test(text))
    throw new Refusal(`${JSON.stringify(text)} does not begin a name of an interface`);
  return { interfacePrefix: text };
}

const never = (why: string) => (): never => {
  throw new Refusal(why);
};

const MACVLAN_MODES = ["bridge", "vepa", "private", "passthru"] as const;
const IPVLAN_MODES = ["l2", "l3", "l3s"] as const;
const macvlanMode = (text: string): OptionFields => ({ settings: { kind: "macvlan", mode: oneOf(MACVLAN_MODES, text) } });
const ipvlanMode = (text: string): OptionFields => ({ settings: { kind: "ipvlan", mode: oneOf(IPVLAN_MODES, text) } });

/** IANA's of vxlan, and the length of its network identifiers (RFC 7348 section 5). */
const VXLAN_PORT = 4789;
const MOST_VNI = 0xff_ffff;

/** The file that lists the other hosts, or their addresses. */
const peers = (text: string): ReadFields => ({ vxlan: { peers: text.startsWith("/") ? text : text.split(",").map(address) } });

const natOnly = (text: string): OptionFields => {
  if (text !== "nat")
    throw new Refusal(`${JSON.stringify(text)}: networks of teu have addresses of their own behind the host's (nat), or --internal`);
  return {};
};

/** By driver where two mean different things by one key. */
const RULES: Readonly<Record<string, readonly OptionRule[]>> = {
  "com.docker.network.bridge.name": [{ drivers: BRIDGE_DRIVERS, read: (text) => ({ interface: interfaceName(text) }) }],
  "com.docker.network.bridge.enable_ip_masquerade": [{ drivers: BRIDGE_DRIVERS, read: (text) => ({ masquerade: truth(text) }) }],
  "com.docker.network.bridge.enable_icc": [{ drivers: BRIDGE_DRIVERS, read: (text) => ({ isolated: !truth(text) }) }],
  "com.docker.network.bridge.host_binding_ipv4": [
    { drivers: BRIDGE_DRIVERS, read: never("say the address where a port is published: -p 127.0.0.1:8080:80") },
  ],
  "com.docker.network.bridge.gateway_mode_ipv4": [{ drivers: BRIDGE_DRIVERS, read: natOnly }],
  "com.docker.network.bridge.gateway_mode_ipv6": [{ drivers: BRIDGE_DRIVERS, read: natOnly }],
  "com.docker.network.bridge.inhibit_ipv4": [{ drivers: BRIDGE_DRIVERS, read: never("a bridge of teu has the address of its gateway") }],
  "com.docker.network.driver.mtu": [{ drivers: LINKS, read: mtu }],
  "com.docker.network.container_iface_prefix": [{ drivers: LINKS, read: prefix }],
  "com.docker.network.container_interface_prefix": [{ drivers: LINKS, read: prefix }],
  "teu.publish": [{ drivers: BRIDGE_DRIVERS, read: (text) => ({ publish: oneOf(["filtered", "direct"], text) }) }],
  isolate: [
    {
      drivers: BRIDGE_DRIVERS,
      read: (text) => {
        if (text !== "strict" && !truth(text))
          throw new Refusal("networks are always isolated from each other; connect the container to both");
        return {};
      },
    },
  ],
  macvlan_mode: [{ drivers: ["macvlan"], read: macvlanMode }],
  ipvlan_mode: [{ drivers: ["ipvlan"], read: ipvlanMode }],
  ipvlan_flag: [
    {
      drivers: ["ipvlan"],
      read: (text) => {
        oneOf(["bridge"], text);
        return {};
      },
    },
  ],
  mode: [
    { drivers: ["macvlan"], read: macvlanMode },
    { drivers: ["ipvlan"], read: ipvlanMode },
  ],
  local: [{ drivers: ["vxlan"], read: (text) => ({ vxlan: { local: address(text) } }) }],
  mtu: [{ drivers: LINKS, read: mtu }],
  parent: [{ drivers: ["macvlan", "ipvlan"], read: (text) => ({ interface: interfaceName(text) }) }],
  peers: [{ drivers: ["vxlan"], read: peers }],
  port: [{ drivers: ["vxlan"], read: (text) => ({ vxlan: { port: number(text, 1, 65_535) } }) }],
  vni: [{ drivers: ["vxlan"], read: (text) => ({ vxlan: { vni: number(text, 1, MOST_VNI) } }) }],
  vlan: [
    {
      drivers: LINKS,
      read: never("bridges of teu do not filter VLANs: give each VLAN a network of its own, with the VLAN's interface as parent"),
    },
  ],
};

/** Where no mode is asked for. */
const DEFAULT_SETTINGS: { readonly [K in DriverName]?: DriverSettings } = {
  macvlan: { kind: "macvlan", mode: "bridge" },
  ipvlan: { kind: "ipvlan", mode: "l2" },
};

/** @throws InvalidInputError with every option that this driver does not have, or lacks */
export function readOptions(driver: DriverName, options: Readonly<Record<string, string>>): OptionFields {
  const problems: Problem[] = [];
  const settings = DEFAULT_SETTINGS[driver];
  let fields: ReadFields = settings === undefined ? {} : { settings };
  for (const [key, value] of Object.entries(options)) {
    const rules = Object.hasOwn(RULES, key) ? RULES[key] : undefined;
    const rule = rules?.find(({ drivers }) => drivers.includes(driver));
    try {
      if (rule === undefined) throw new Refusal(`is no option of the driver ${driver}; there are ${known(driver).join(", ")}`);
      const read = rule.read(value);
      fields = { ...fields, ...read, ...(read.vxlan === undefined ? {} : { vxlan: { ...fields.vxlan, ...read.vxlan } }) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      problems.push({ field: `--opt ${key}`, message: error.message });
    }
  }
  const { vxlan, ...plain } = fields;
  const lacks = NEEDED.filter(({ drivers, isGiven }) => drivers.includes(driver) && !isGiven(fields));
  problems.push(...lacks.map(({ option, message }) => ({ field: `--opt ${option}`, message: `is needed: ${message}` })));
  if (problems.length > 0) throw new InvalidInputError("the network", problems);
  if (vxlan?.vni === undefined || vxlan.local === undefined || vxlan.peers === undefined) return plain;
  return { ...plain, settings: { kind: "vxlan", vni: vxlan.vni, port: vxlan.port ?? VXLAN_PORT, local: vxlan.local, peers: vxlan.peers } };
}

/** Options without which a driver makes nothing. */
const NEEDED: readonly {
  readonly drivers: readonly DriverName[];
  readonly option: string;
  readonly message: string;
  readonly isGiven: (fields: ReadFields) => boolean;
}[] = [
  {
    drivers: ["macvlan", "ipvlan"],
    option: "parent",
    message: "the interface of the host that containers are joined to",
    isGiven: ({ interface: parent }) => parent !== undefined,
  },
  {
    drivers: ["vxlan"],
    option: "vni",
    message: "the number that the network has on all hosts",
    isGiven: ({ vxlan }) => vxlan?.vni !== undefined,
  },
  {
    drivers: ["vxlan"],
    option: "local",
    message: "the address of this host that the others send to",
    isGiven: ({ vxlan }) => vxlan?.local !== undefined,
  },
  {
    drivers: ["vxlan"],
    option: "peers",
    message: "the addresses of the other hosts, or the absolute path of a file that lists them",
    isGiven: ({ vxlan }) => vxlan?.peers !== undefined,
  },
];

function known(driver: DriverName): string[] {
  return Object.entries(RULES).flatMap(([key, rules]) => (rules.some(({ drivers }) => drivers.includes(driver)) ? [key] : []));
}
