// Programs that listen in a network namespace, from its tables in proc(5): /proc/PID/net/tcp, tcp6, udp, udp6.
import { formatAddress } from "../address/address.ts";
import type { ListeningSocket } from "./facts.ts";

/** <net/tcp_states.h>: a listener, and a UDP socket that is bound. */
const STATES = { tcp: "0A", udp: "07" } as const;

/** The tables, and what they are of. */
export const SOCKET_TABLES = ["tcp", "tcp6", "udp", "udp6"] as const;

/** @param text of the table */
export function listeningIn(table: (typeof SOCKET_TABLES)[number], text: string): ListeningSocket[] {
  const protocol = table.startsWith("tcp") ? "tcp" : "udp";
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, local = "", , state] = line.trim().split(/\s+/);
      const [address = "", port = ""] = local.split(":");
      if (state !== STATES[protocol] || !/^([\dA-F]{8}|[\dA-F]{32})$/.test(address)) return [];
      return [{ protocol, address: formatAddress(wordsReversed(address)), port: Number.parseInt(port, 16) } as const];
    });
}

/** The kernel prints each 32 bits as a number of the host's. */
function wordsReversed(hex: string): Uint8Array {
  const bytes = Uint8Array.fromHex(hex);
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
  return bytes;
}
