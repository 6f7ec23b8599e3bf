// Which ports of this host are nobody's, as far as can be seen without taking one: proc_net_tcp.rst. Whoever is quicker in between is met when the
// launcher binds the port.
import { optionalText } from "../../../base/optional-text.ts";
import type { Family } from "../../../network/address/address.ts";
import type { PortRules } from "../../../network/state/ports.ts";

/** docker takes free ports from the range that the kernel takes them from for itself; this is the kernel's own default. */
const USUAL_RANGE = { first: 32_768, last: 60_999 };

/** Families that the host's addresses are of where none is asked for. */
export function hostPortRules(families: readonly Family[]): PortRules {
  const used = new Map<string, ReadonlySet<number>>();
  const usedOf = (protocol: string) => {
    const known = used.get(protocol) ?? new Set([...localPorts(protocol), ...localPorts(`${protocol}6`)]);
    used.set(protocol, known);
    return known;
  };
  return {
    families,
    range: localRange(),
    isFree: ({ port, protocol }) => !usedOf(protocol).has(port),
  };
}

function localRange(): PortRules["range"] {
  const [first = 0, last = 0] = (optionalText("/proc/sys/net/ipv4/ip_local_port_range") ?? "").trim().split(/\s+/).map(Number);
  return first > 0 && last >= first ? { first, last } : USUAL_RANGE;
}

/** A line a socket: `sl local_address rem_address …`, the port as hexadecimal digits behind a colon. */
function localPorts(protocol: string): number[] {
  const lines = (optionalText(`/proc/self/net/${protocol}`) ?? "").split("\n").slice(1); // the kernel may lack the protocol
  return lines.flatMap((line) => {
    const [, digits] = /^\s*\d+:\s+[\dA-F]+:([\dA-F]{4})\s/.exec(line) ?? [];
    return digits === undefined ? [] : [Number.parseInt(digits, 16)];
  });
}
