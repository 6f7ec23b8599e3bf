// Use case `network inspect`: docker's JSON of a network.
import { TeuError } from "../../../base/errors.ts";
import { familyOf, type IpAddress, isIn, splitPrefix } from "../../../network/address/address.ts";
import { DEFAULT_NETWORK, type Network, type Subnet } from "../../../network/model/network.ts";
import { endpointsIn, type Member } from "../../../network/state/endpoints.ts";
import type { Engine } from "../../engine.ts";
import { findOrRegisterNetwork } from "./find.ts";
import { BEFORE_ALL, findPredefined, type PredefinedNetwork } from "./predefined.ts";

type Texts = Readonly<Record<string, string>>;

export interface InspectedNetwork {
  readonly Name: string;
  readonly Id: string;
  readonly Created: string;
  readonly Scope: "local";
  readonly Driver: string;
  readonly EnableIPv4: boolean;
  readonly EnableIPv6: boolean;
  readonly IPAM: { readonly Driver: string; readonly Options: Texts | null; readonly Config: readonly InspectedSubnet[] };
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: false;
  readonly ConfigFrom: { readonly Network: "" };
  readonly ConfigOnly: false;
  readonly Containers: Readonly<Record<string, InspectedMember>>;
  readonly Options: Texts;
  readonly Labels: Texts;
}

interface InspectedSubnet {
  readonly Subnet: string;
  readonly IPRange?: string;
  readonly Gateway?: string;
  readonly AuxiliaryAddresses?: Texts;
}

interface InspectedMember {
  readonly Name: string;
  readonly EndpointID: string;
  readonly MacAddress: string;
  readonly IPv4Address: string;
  readonly IPv6Address: string;
}

/** What is the same of all: there is no swarm here. */
const LOCAL = { Ingress: false, ConfigFrom: { Network: "" }, ConfigOnly: false } as const;

/** @throws TeuError `not-found`; `invalid` where several ids begin so */
export async function inspectNetwork(engine: Engine, name: string): Promise<InspectedNetwork> {
  const always = findPredefined(name);
  if (always !== undefined) return ofPredefined(always);
  const network = await findOrRegisterNetwork(engine, name);
  return ofNetwork(network, endpointsIn(engine.state.rows, network.id));
}

/** Whether there is one. */
export async function networkExists(engine: Engine, name: string): Promise<boolean> {
  try {
    await inspectNetwork(engine, name);
    return true;
  } catch (error) {
    if (error instanceof TeuError && error.code === "not-found") return false;
    throw error;
  }
}

function ofPredefined({ id, name, driver }: PredefinedNetwork): InspectedNetwork {
  return {
    ...{ Name: name, Id: id, Created: BEFORE_ALL, Scope: "local", Driver: driver, EnableIPv4: true, EnableIPv6: false },
    IPAM: { Driver: "default", Options: null, Config: [] },
    ...{ Internal: false, Attachable: false, ...LOCAL, Containers: {}, Options: {}, Labels: {} },
  };
}

function ofNetwork(network: Network, members: readonly Member[]): InspectedNetwork {
  const { name, id, created, driver, subnets, internal, attachable, labels } = network;
  const has = (family: 4 | 6) => subnets.some(({ prefix }) => familyOf(prefix) === family);
  return {
    ...{ Name: name, Id: id, Created: created, Scope: "local", Driver: driver, EnableIPv4: has(4), EnableIPv6: has(6) },
    IPAM: { Driver: "default", Options: name === DEFAULT_NETWORK ? null : {}, Config: subnets.map(ofSubnet) },
    ...{ Internal: internal, Attachable: attachable, ...LOCAL },
    Containers: Object.fromEntries(members.map((member) => [member.container, ofMember(member, subnets)])),
    Options: optionsOf(network),
    Labels: labels,
  };
}

/** Nobody was asked about the default network: docker shows what it is like. */
function optionsOf({ name, options, isolated, masquerade, interface: bridge }: Network): Texts {
  if (name !== DEFAULT_NETWORK) return options;
  return {
    "com.docker.network.bridge.default_bridge": "true",
    "com.docker.network.bridge.enable_icc": String(!isolated),
    "com.docker.network.bridge.enable_ip_masquerade": String(masquerade),
    ...(bridge === undefined ? {} : { "com.docker.network.bridge.name": bridge }),
  };
}

function ofSubnet({ prefix, gateway, range, reserved }: Subnet): InspectedSubnet {
  return {
    Subnet: prefix,
    ...(range === undefined ? {} : { IPRange: range }),
    ...(gateway === undefined ? {} : { Gateway: gateway }),
    ...(Object.keys(reserved).length === 0 ? {} : { AuxiliaryAddresses: reserved }),
  };
}

function ofMember({ name, id, mac, ipv4, ipv6 }: Member, subnets: readonly Subnet[]): InspectedMember {
  return {
    ...{ Name: name, EndpointID: id, MacAddress: mac },
    IPv4Address: withLength(ipv4, subnets),
    IPv6Address: withLength(ipv6, subnets),
  };
}

function withLength(address: IpAddress | undefined, subnets: readonly Subnet[]): string {
  const subnet = subnets.find(({ prefix }) => address !== undefined && isIn(address, prefix));
  return subnet === undefined ? (address ?? "") : `${address}/${splitPrefix(subnet.prefix).length}`;
}
