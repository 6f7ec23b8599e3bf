// Addresses and the names that stand for them in the reverse trees: RFC 1035 section 3.5, RFC 3596 section 2.5.
import { addressBytes, formatAddress, type IpAddress } from "../address/address.ts";

/** `2.0.89.10.in-addr.arpa` → `10.89.0.2`; undefined for all else. */
export function reverseAddress(name: string): IpAddress | undefined {
  const [, four] = /^((?:\d{1,3}\.){3}\d{1,3})\.in-addr\.arpa$/.exec(name) ?? [];
  if (four !== undefined) {
    const bytes = addressBytes(four.split(".").toReversed().join("."));
    return bytes === undefined ? undefined : formatAddress(bytes);
  }
  const [, nibbles] = /^((?:[\da-f]\.){31}[\da-f])\.ip6\.arpa$/.exec(name) ?? [];
  if (nibbles === undefined) return undefined;
  const digits = nibbles.split(".").toReversed().join("");
  return formatAddress(Uint8Array.from({ length: 16 }, (_, index) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16)));
}
