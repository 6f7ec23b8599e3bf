// Addresses that mean something by themselves (RFC 6890, RFC 4291): a bridge that had them would take the host's own loopback away, or be heard by nobody.
import { TeuError } from "../../base/errors.ts";
import { overlap, type Prefix } from "../address/address.ts";

const SPECIAL: Readonly<Record<string, string>> = {
  "0.0.0.0/8": "this host",
  "127.0.0.0/8": "the loopback",
  "169.254.0.0/16": "addresses of a link",
  "224.0.0.0/4": "groups (multicast)",
  "255.255.255.255/32": "the broadcast address",
  // Unspecified, loopback, IPv4 in IPv6.
  "::/8": "protocols",
  "fe80::/10": "addresses of a link",
  "ff00::/8": "groups (multicast)",
};

/** @throws TeuError `invalid` for a prefix that has such addresses */
export function refuseSpecial(prefix: Prefix, what: string): Prefix {
  const found = Object.keys(SPECIAL).find((special) => overlap(special, prefix));
  if (found === undefined) return prefix;
  throw new TeuError("invalid", `${what}: no network can have ${prefix}: ${found} is for ${SPECIAL[found]}`);
}
