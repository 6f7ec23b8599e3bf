// The words of network flags, a value each: addresses, names of hosts, rates.
import { parseSize } from "../../../base/units.ts";
import { HOST_GATEWAY } from "../../../containers/document/network.ts";
import { addressBytes, type Family, familyOf, formatAddress, type IpAddress } from "../../../network/address/address.ts";
import type { Rate } from "../../../network/model/endpoint.ts";
import type { Problems } from "../flag-problems.ts";

export function isAddress(text: string): boolean {
  return addressBytes(text) !== undefined;
}

/** An address of this family; undefined, with its problem noted, for what is none. */
export function addressOf(
  flag: string,
  text: string,
  { family, problems }: { readonly family: Family; readonly problems: Problems },
): IpAddress | undefined {
  const bytes = addressBytes(text);
  if (bytes !== undefined && familyOf(text) === family) return formatAddress(bytes);
  problems.refuse(flag, `invalid IPv${family} address: ${text}`);
  return undefined;
}

const MAC = /^[\da-f]{2}(?:([:-])[\da-f]{2})(?:\1[\da-f]{2}){4}$/i;
/** IEEE 802: such an address is a group's. */
const GROUP_BIT = 1;

/** As `02:42:ac:11:00:02`; undefined, with its problem noted, for what is no hardware address of one interface. */
export function macOf(flag: string, text: string, problems: Problems): string | undefined {
  const first = Number.parseInt(text.slice(0, 2), 16);
  if (MAC.test(text) && (first & GROUP_BIT) === 0) return text.toLowerCase().replaceAll("-", ":");
  problems.refuse(flag, MAC.test(text) ? `${text} is the address of a group of interfaces` : `${text} is not a valid mac address`);
  return undefined;
}

/** `NAME:ADDRESS` or `NAME=ADDRESS`; an IPv6 address may stand in brackets. As `NAME:ADDRESS`. */
export function extraHost(text: string, problems: Problems): string[] {
  const [, name, given = ""] = /^([^:=\s]+)[:=](.+)$/.exec(text) ?? [];
  const address = given.replace(/^\[(.*)\]$/, "$1");
  if (name !== undefined && (address === HOST_GATEWAY || isAddress(address))) return [`${name}:${address}`];
  problems.refuse("--add-host", `${JSON.stringify(text)} is not NAME:ADDRESS with an IP address`);
  return [];
}

const BITS: Readonly<Record<string, number>> = { kbit: 1e3, mbit: 1e6, gbit: 1e9 };

/** `in=1m,out=10mbit` → bytes a second; 0 is no limit. */
export function rateOf(text: string, problems: Problems): Rate | undefined {
  const rate = { in: 0, out: 0 };
  for (const part of text.split(",")) {
    const [, way, value = ""] = /^(in|out)=(.+)$/.exec(part) ?? [];
    if (way !== "in" && way !== "out") {
      problems.refuse("--network-rate", `${JSON.stringify(part)} is not in=SIZE or out=SIZE`);
      return undefined;
    }
    rate[way] = problems.take("--network-rate", () => bytesASecond(value)) ?? 0;
  }
  return rate;
}

function bytesASecond(text: string): number {
  const [, number, unit = ""] = /^(\d{1,9}(?:\.\d{1,3})?)([kmg]bit)$/i.exec(text) ?? [];
  const bits = BITS[unit.toLowerCase()];
  return number === undefined || bits === undefined ? parseSize(text) : Math.floor((Number(number) * bits) / 8);
}
