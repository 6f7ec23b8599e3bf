// Where subnets come from that nobody names: private addresses (RFC 1918) in small pieces, so that there are many, and a unique local prefix
// (RFC 4193) of this engine's own.
import { InvalidInputError, type Problem, TeuError } from "../../base/errors.ts";
import {
  BITS,
  type Family,
  familyOf,
  formatAddress,
  fromNumber,
  type IpAddress,
  type Prefix,
  parsePrefix,
  splitPrefix,
} from "../address/address.ts";
import { hostsOf, type Span, spanOf } from "./span.ts";
import { refuseSpecial } from "./special.ts";

export interface Pool {
  readonly prefix: Prefix;
  /** How long the prefix of each network is. */
  readonly size: number;
}

const pool = (prefix: string, size: number): Pool => ({ prefix: prefix as Prefix, size });

/** Away from docker's 172.17 to 172.19, from podman's 10.89 where it can be, and from what routers at home give: 192.168.0 and .1. */
export const IPV4_POOLS: readonly Pool[] = [pool("10.88.0.0/13", 24), pool("172.20.0.0/14", 24), pool("192.168.128.0/17", 24)];

const ULA_BYTES = 5;

/** Forty random bits after `fd`: as hexadecimal digits, for the one who keeps them. */
export function randomUla(): string {
  return `fd${crypto.getRandomValues(new Uint8Array(ULA_BYTES)).toHex()}`;
}

/** The /64s of a unique local prefix, given as its twelve digits. */
export function ulaPool(digits: string): Pool {
  const bytes = Uint8Array.fromHex(digits.padEnd(32, "0"));
  return pool(`${formatAddress(bytes)}/48`, 64);
}

/**
 * Pools as the configuration has them; of a family that it says nothing of, none.
 * @throws InvalidInputError with every problem and its field
 */
export function configuredPools(pools: readonly { readonly base: string; readonly size: number }[], family: Family): readonly Pool[] {
  const problems: Problem[] = [];
  const read = pools.flatMap(({ base, size }, index) => {
    const field = `pools[${index}]`;
    try {
      const prefix = refuseSpecial(parsePrefix(base, field), field);
      if (size < splitPrefix(prefix).length || size > BITS[familyOf(prefix)] - 2)
        throw new TeuError("invalid", `no network of /${size} is in ${prefix}`);
      return [pool(prefix, size)];
    } catch (error) {
      if (!(error instanceof TeuError)) throw error;
      problems.push({ field, message: error.message.replace(`${field}: `, "") });
      return [];
    }
  });
  if (problems.length > 0) throw new InvalidInputError("the configuration of network", problems);
  return read.filter(({ prefix }) => familyOf(prefix) === family);
}

/**
 * The first piece of the pools, in order, that has no address of these; undefined where all are taken.
 * @param taken of the same family, in any order, overlapping or not
 */
export function freePrefix(pools: readonly Pool[], family: Family, taken: readonly Span[]): Prefix | undefined {
  const inOrder = taken.toSorted((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  for (const { prefix, size } of pools) {
    const whole = spanOf(prefix);
    const step = 1n << BigInt(BITS[family] - size);
    let first = whole.first;
    for (const span of inOrder) {
      if (span.last < first) continue;
      if (span.first > first + step - 1n) break;
      first = (span.last / step + 1n) * step;
    }
    if (first + step - 1n <= whole.last) return `${formatAddress(fromNumber(first, family))}/${size}` as Prefix;
  }
  return undefined;
}

/** The gateway of a subnet for which none is named: its first address that is not reserved. */
export function firstHost(prefix: Prefix, reserved: readonly bigint[] = []): IpAddress {
  let { first } = hostsOf(prefix);
  while (reserved.includes(first)) first += 1n;
  return formatAddress(fromNumber(first, familyOf(prefix)));
}
