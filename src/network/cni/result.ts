// The result of ADD (SPEC.md of CNI, section 5). It goes to the next plugin as it came, and what we use of it is read: versions before 1.0 have the
// same fields where it matters.
import { TeuError } from "../../base/errors.ts";
import { readJson } from "../../spec/json/read.ts";
import { anyString, array, int32, object, optional, type Shape } from "../../spec/json/shape.ts";
import { familyOf, type IpAddress, parseAddress } from "../address/address.ts";
import { type JsonObject, jsonObject } from "./json-value.ts";

export interface CniResult {
  readonly interfaces: readonly CniInterface[];
  readonly addresses: readonly CniAddress[];
  readonly routes: readonly { readonly destination: string; readonly gateway?: string }[];
  readonly dns: CniDns;
  /** As the plugin has written it. */
  readonly fields: JsonObject;
}

export interface CniInterface {
  readonly name: string;
  readonly mac?: string;
  /** Absent for one of the host. */
  readonly sandbox?: string;
}

export interface CniAddress {
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly gateway?: IpAddress;
  /** Which of the interfaces has it. */
  readonly interface?: number;
}

export interface CniDns {
  readonly nameservers: readonly string[];
  readonly domain?: string;
  readonly search: readonly string[];
  readonly options: readonly string[];
}

interface GivenInterface {
  readonly name: string;
  readonly mac?: string;
  readonly sandbox?: string;
}

interface GivenIp {
  readonly address: string;
  readonly gateway?: string;
  readonly interface?: number;
}

interface GivenRoute {
  readonly dst: string;
  readonly gw?: string;
}

type GivenDns = Partial<CniDns>;

interface Given {
  readonly interfaces?: readonly GivenInterface[];
  readonly ips?: readonly GivenIp[];
  readonly routes?: readonly GivenRoute[];
  readonly dns?: GivenDns;
}

const text = optional(anyString);
const texts = optional(array(anyString));

const known = object<Given>({
  interfaces: optional(array(object<GivenInterface>({ name: anyString, mac: text, sandbox: text }))),
  ips: optional(array(object<GivenIp>({ address: anyString, gateway: text, interface: optional(int32) }))),
  routes: optional(array(object<GivenRoute>({ dst: anyString, gw: text }))),
  dns: optional(object<GivenDns>({ nameservers: texts, domain: text, search: texts, options: texts })),
});

const result: Shape<{ readonly fields: JsonObject; readonly given: Given }> = (value, trail) => {
  const fields = jsonObject(value, trail);
  const given = fields && known(fields, trail);
  return fields === undefined || given === undefined ? undefined : { fields, given };
};

/** @throws TeuError `invalid` saying what of it is wrong */
export function parseResult(output: string | Uint8Array, subject: string): CniResult {
  const { fields, given } = readJson(output, { subject, shape: result }).value;
  const { interfaces = [], ips = [], routes = [], dns = {} } = given;
  const { nameservers = [], domain, search = [], options = [] } = dns;
  return {
    fields,
    interfaces: interfaces.map(({ name, mac, sandbox }) => ({ name, ...present({ mac }), ...present({ sandbox }) })),
    addresses: ips.map((ip, index) => addressOf(ip, `${subject}: ips[${index}]`)),
    routes: routes.map(({ dst, gw }) => ({ destination: dst, ...present({ gateway: gw }) })),
    dns: { nameservers, search, options, ...present({ domain }) },
  };
}

function addressOf({ address, gateway, interface: at }: GivenIp, what: string): CniAddress {
  const [ip = "", length] = address.split("/");
  const found = parseAddress(ip, `${what}.address`);
  const bits = familyOf(found) === 6 ? 128 : 32;
  if (length !== undefined && (!/^\d{1,3}$/.test(length) || Number(length) > bits))
    throw new TeuError("invalid", `${what}.address: ${JSON.stringify(address)} is not an address with the length of its prefix`);
  return {
    address: found,
    prefixLength: length === undefined ? bits : Number(length),
    ...(gateway === undefined || gateway === "" ? {} : { gateway: parseAddress(gateway, `${what}.gateway`) }),
    ...(at === undefined || at < 0 ? {} : { interface: at }),
  };
}

/** Without what Go's encoder writes for nothing. */
function present<K extends string>(field: Readonly<Record<K, string | undefined>>): { readonly [key in K]?: string } {
  const kept: { [key in K]?: string } = {};
  for (const key in field) if (field[key] !== undefined && field[key] !== "") kept[key] = field[key];
  return kept;
}

/** The addresses of the interface inside the container, in the order of the result. */
export function addressesInside({ interfaces, addresses }: CniResult, name: string): readonly CniAddress[] {
  return addresses.filter(({ interface: at }) => {
    const of = at === undefined ? undefined : interfaces[at];
    return of === undefined || (of.sandbox !== undefined && of.name === name);
  });
}

/** The hardware address of the interface inside the container. */
export function macInside({ interfaces }: CniResult, name: string): string | undefined {
  return interfaces.find((one) => one.sandbox !== undefined && one.name === name)?.mac;
}
