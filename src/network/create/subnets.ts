// Subnets as `network create` is asked for them: gateways, ranges and reserved addresses come in lists of their own, and belong to the subnet
// that they lie in. The words are docker's.
import { InvalidInputError, type Problem, TeuError } from "../../base/errors.ts";
import { isIn, overlap, type Prefix, parseAddress, parsePrefix, splitPrefix } from "../address/address.ts";
import { choiceOf, hostsOf, numberOf } from "../ipam/span.ts";
import { refuseSpecial } from "../ipam/special.ts";
import type { SubnetDraft } from "./draft.ts";

export interface SubnetWords {
  readonly subnets: readonly string[];
  readonly gateways: readonly string[];
  readonly ranges: readonly string[];
  /** Addresses by name: `--aux-address router=10.0.0.5`. */
  readonly reserved: ReadonlyMap<string, string>;
}

type Mutable = { -readonly [K in keyof SubnetDraft]: SubnetDraft[K] };

/** @throws InvalidInputError with every problem and its flag */
export function readSubnets({ subnets, gateways, ranges, reserved }: SubnetWords): readonly SubnetDraft[] {
  const problems: Problem[] = [];
  const take = <T>(field: string, read: () => T): T[] => {
    try {
      return [read()];
    } catch (error) {
      if (!(error instanceof TeuError)) throw error;
      problems.push({ field, message: error.message.replace(`${field}: `, "") });
      return [];
    }
  };
  const each = <T>(field: string, texts: readonly string[], read: (text: string, what: string) => T) =>
    texts.flatMap((text) => take(field, () => read(text, field)));

  const made: Mutable[] = [];
  for (const prefix of each("--subnet", subnets, (text, what) => refuseSpecial(parsePrefix(text, what), what))) {
    const other = made.find((one) => overlap(one.prefix, prefix));
    if (other !== undefined) problems.push({ field: "--subnet", message: `${prefix} overlaps ${other.prefix}` });
    else made.push({ prefix, reserved: {} });
  }
  const subnetOf = (text: string) => made.find(({ prefix }) => isIn(text.replace(/\/\d+$/, ""), prefix));
  const refuse = (field: string, message: string) => problems.push({ field, message });

  for (const range of each("--ip-range", ranges, parsePrefix)) {
    const subnet = subnetOf(range);
    if (subnet === undefined || splitPrefix(range).length < splitPrefix(subnet.prefix).length)
      refuse("--ip-range", `no matching subnet for range ${range}`);
    else if (subnet.range !== undefined)
      refuse("--ip-range", `cannot configure multiple ranges (${range}, ${subnet.range}) on the same subnet (${subnet.prefix})`);
    else subnet.range = range;
  }
  for (const gateway of each("--gateway", gateways, parseAddress)) {
    const subnet = subnetOf(gateway);
    if (subnet === undefined) refuse("--gateway", `no matching subnet for gateway ${gateway}`);
    else if (subnet.gateway != null)
      refuse("--gateway", `cannot configure multiple gateways (${gateway}, ${subnet.gateway}) on the same subnet (${subnet.prefix})`);
    else if (!isHost(gateway, subnet.prefix)) refuse("--gateway", `${gateway} is the own or the broadcast address of ${subnet.prefix}`);
    else subnet.gateway = gateway;
  }
  for (const [name, text] of reserved)
    for (const address of take("--aux-address", () => parseAddress(text, "--aux-address"))) {
      const subnet = subnetOf(address);
      if (subnet === undefined) refuse("--aux-address", `no matching subnet for aux-address ${address}`);
      else subnet.reserved = { ...subnet.reserved, [name]: address };
    }
  for (const subnet of made) {
    const { first, last } = choiceOf(subnet);
    if (first > last) refuse("--ip-range", `${subnet.range} has no address for a container`);
  }
  if (problems.length > 0) throw new InvalidInputError("the network", problems);
  return made;
}

function isHost(address: string, prefix: Prefix): boolean {
  const { first, last } = hostsOf(prefix);
  const number = numberOf(address);
  return number >= first && number <= last;
}
