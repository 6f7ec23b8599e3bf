// What `network create` is asked for, as a draft of a network: flags of docker and podman that mean the same, checked against each other.
import { InvalidInputError, type Problem } from "../../base/errors.ts";
import { familyOf } from "../address/address.ts";
import { parseNetworkName } from "../model/name.ts";
import { type DriverName, type DriverSettings, isBridged } from "../model/network.ts";
import type { NetworkDraft } from "./draft.ts";
import { type OptionFields, readOptions } from "./options.ts";
import { readSubnets, type SubnetWords } from "./subnets.ts";

export interface NetworkWishes extends SubnetWords {
  readonly name: string;
  readonly driver: DriverName;
  /** Undefined: not said. */
  readonly ipv4?: boolean | undefined;
  readonly ipv6?: boolean | undefined;
  readonly internal: boolean;
  readonly attachable: boolean;
  /** Names of containers resolve. */
  readonly names: boolean;
  readonly interface?: string | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** Of CNI, whose options are not ours to read. */
  readonly settings?: DriverSettings | undefined;
}

/** @throws InvalidInputError with every problem and its flag; TeuError `invalid` or `conflict` for the name */
export function draftOf(wishes: NetworkWishes): NetworkDraft {
  const { driver, internal, attachable, names, options, labels, settings } = wishes;
  const name = parseNetworkName(wishes.name);
  const problems: Problem[] = [];
  const take = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const subnets = take(() => readSubnets(wishes)) ?? [];
  const read: OptionFields = settings === undefined ? (take(() => readOptions(driver, interfaceOption(wishes))) ?? {}) : { settings };
  const families =
    driver === "cni"
      ? { ipv4: false, ipv6: false }
      : familiesOf(
          wishes,
          subnets.map(({ prefix }) => familyOf(prefix)),
        );
  problems.push(...conflicts(wishes, { ...families, given: subnets.map(({ prefix }) => familyOf(prefix)) }));
  if (problems.length > 0) throw new InvalidInputError("the network", problems);
  return {
    isolated: false,
    masquerade: true,
    publish: "filtered",
    ...read,
    name,
    driver,
    subnets: internal && !isBridged({ driver }) ? subnets.map(({ gateway = null, ...plain }) => ({ ...plain, gateway })) : subnets,
    ...families,
    internal,
    attachable,
    names,
    options,
    labels,
  };
}

/** podman's --interface-name is docker's option. */
function interfaceOption({ driver, options, interface: name }: NetworkWishes): Readonly<Record<string, string>> {
  if (name === undefined) return options;
  return { ...options, [driver === "macvlan" || driver === "ipvlan" ? "parent" : "com.docker.network.bridge.name"]: name };
}

type Families = Pick<NetworkDraft, "ipv4" | "ipv6">;

/** Who joins a network of others, or shares one between hosts, has the addresses that they have; a bridge has both families. */
function familiesOf({ driver, ipv4, ipv6 }: NetworkWishes, given: readonly (4 | 6)[]): Families {
  if (driver === "bridge") return { ipv4: ipv4 ?? true, ipv6 };
  return { ipv4: ipv4 ?? (given.length === 0 || given.includes(4)), ipv6: ipv6 ?? given.includes(6) };
}

function conflicts({ driver, name }: NetworkWishes, { ipv4, ipv6, given }: Families & { readonly given: readonly (4 | 6)[] }): Problem[] {
  const count = (family: 4 | 6) => given.filter((one) => one === family).length;
  const found: Problem[] = [];
  const refuse = (field: string, message: string) => found.push({ field, message });
  if (driver === "cni") return found;
  if (!ipv4 && ipv6 === false) refuse("--ipv4, --ipv6", `IPv4 or IPv6 must be enabled, or containers of ${name} have no address`);
  if (!ipv4 && count(4) > 0) refuse("--subnet", "is of IPv4, which --ipv4=false turns off");
  if (ipv6 === false && count(6) > 0) refuse("--subnet", "is of IPv6, which --ipv6=false turns off");
  if (driver === "vxlan" && given.length === 0) refuse("--subnet", "is needed: all hosts of a vxlan have the same");
  if (isBridged({ driver }))
    for (const family of [4, 6] as const)
      if (count(family) > 1) refuse("--subnet", `a ${driver} has one subnet of IPv${family}, not ${count(family)}`);
  return found;
}
