// `--network slirp4netns:OPTION,…` (podman-run(1)) → pasta(1)'s words for the same: a container of that mode has the addresses that slirp4netns
// gives, but pasta joins it to the host, as it publishes ports itself, ends with the container, and keeps clients' addresses.
import { TeuError } from "../../base/errors.ts";
import { addressBytes, type Family, familyOf, formatAddress, fromNumber, parsePrefix, splitPrefix, toNumber } from "../address/address.ts";

/** Places in slirp4netns's subnet (slirp4netns(1), --cidr). */
const PLACES = { gateway: 2n, resolver: 3n, container: 100n } as const;
const DEFAULT_CIDR = "10.0.2.0/24";
/** The container's place would not be in a longer one. */
const LONGEST_PREFIX = 25;
const IPV6 = { container: "fd00::100", gateway: "fd00::2" } as const;
const MTU = { default: 65520, least: 1280, most: 65520 } as const;
const INTERFACE = "tap0";

type Given = ReadonlyMap<string, string>;

/** Each option, and what it becomes; the defaults where it is not given. */
const OPTIONS: Readonly<Record<string, (value: string | undefined, given: Given) => readonly string[]>> = {
  allow_host_loopback: (value) => (isTrue("allow_host_loopback", value ?? "false") ? ["--map-gw"] : []),
  cidr: (value = DEFAULT_CIDR) => subnet(value),
  enable_ipv6: (value = "true") => (isTrue("enable_ipv6", value) ? ["-a", IPV6.container, "-g", IPV6.gateway] : ["-4"]),
  mtu: (value = String(MTU.default)) => {
    if (!/^\d{1,5}$/.test(value) || Number(value) < MTU.least || Number(value) > MTU.most)
      throw wrong("mtu", value, `a number from ${MTU.least} to ${MTU.most}`);
    return ["-m", value];
  },
  outbound_addr: (value) => (value === undefined ? [] : outbound("outbound_addr", value, 4)),
  outbound_addr6: (value, given) => {
    if (value === undefined) return [];
    if (given.get("enable_ipv6") === "false") throw new TeuError("invalid", "slirp4netns: outbound_addr6 needs enable_ipv6=true");
    return outbound("outbound_addr6", value, 6);
  },
  port_handler: (value = "slirp4netns") => {
    if (value === "slirp4netns") return [];
    throw new TeuError(
      "unsupported",
      `slirp4netns: port_handler=${value}: ports are published with their clients' addresses, as port_handler=slirp4netns does`,
    );
  },
};

/** @throws TeuError `invalid` for an option that podman does not have, or a value that is none; `unsupported` */
export function slirpAsPasta(options: readonly string[]): readonly string[] {
  const given = new Map(
    options.map((option) => {
      const [, name = option, value = ""] = /^([^=]*)=(.*)$/s.exec(option) ?? [];
      if (!Object.hasOwn(OPTIONS, name)) throw wrong(name, value, `one of ${Object.keys(OPTIONS).join(", ")}`);
      return [name, value];
    }),
  );
  return ["-I", INTERFACE, ...Object.entries(OPTIONS).flatMap(([name, words]) => words(given.get(name), given))];
}

function wrong(name: string, value: string, wanted: string): TeuError {
  return new TeuError("invalid", `slirp4netns: ${value === "" ? name : `${name}=${value}`} is not ${wanted}`);
}

function isTrue(name: string, value: string): boolean {
  if (value !== "true" && value !== "false") throw wrong(name, value, "true or false");
  return value === "true";
}

function subnet(text: string): readonly string[] {
  const { bytes, length, family } = splitPrefix(parsePrefix(text, "slirp4netns: cidr"));
  if (family !== 4 || length > LONGEST_PREFIX) throw wrong("cidr", text, `a subnet of IPv4, /${LONGEST_PREFIX} or wider`);
  const at = (place: bigint) => formatAddress(fromNumber(toNumber(bytes) + place, 4));
  return ["-a", at(PLACES.container), "-n", String(length), "-g", at(PLACES.gateway), "--dns-forward", at(PLACES.resolver)];
}

/** An address, or the interface that has it. */
function outbound(name: string, value: string, family: Family): readonly string[] {
  if (addressBytes(value) === undefined) {
    if (!/^[^\s/:]{1,15}$/.test(value)) throw wrong(name, value, `an IPv${family} address or an interface`);
    return [`--outbound-if${family}`, value];
  }
  if (familyOf(value) !== family) throw wrong(name, value, `an IPv${family} address or an interface`);
  return ["-o", value];
}
