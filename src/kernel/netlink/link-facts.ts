// Interfaces of the host as plain data, read from what `ip -json address show` (iproute2) prints.
import { isIPv4 } from "node:net";
import type { InterfaceAddress } from "./address.ts";

/** An interface of the caller's network namespace, as the probe found it. */
export interface LinkFacts {
  readonly name: string;
  readonly index: number;
  /** Its permanent addresses of global scope. */
  readonly addresses: readonly InterfaceAddress[];
}

/** The interfaces in the parsed output of `ip -json address show`; rows of another shape are passed over. */
export function parseLinks(output: unknown): LinkFacts[] {
  return records(output).flatMap(({ ifname, ifindex, addr_info }) => {
    if (typeof ifname !== "string" || typeof ifindex !== "number") return [];
    return [{ name: ifname, index: ifindex, addresses: records(addr_info).flatMap(permanentAddress) }];
  });
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value)
    ? value.filter((item: unknown): item is Record<string, unknown> => typeof item === "object" && item !== null)
    : [];
}

/** `dynamic` is what iproute2 calls an address without IFA_F_PERMANENT. */
function permanentAddress({ local, prefixlen, broadcast, scope, dynamic }: Record<string, unknown>): InterfaceAddress[] {
  if (typeof local !== "string" || typeof prefixlen !== "number" || scope !== "global" || dynamic === true) return [];
  const address = { address: addressBytes(local), prefixLength: prefixlen };
  return [typeof broadcast === "string" ? { ...address, broadcast: addressBytes(broadcast) } : address];
}

/** Bytes of an address in text, IPv4 or IPv6, in network order. */
export function addressBytes(text: string): Uint8Array {
  if (isIPv4(text)) return Uint8Array.from(text.split("."), Number);
  const [head = "", tail] = text.split("::");
  const words = (part: string) =>
    part.split(":").flatMap((word) => {
      if (word === "") return [];
      if (word.includes(".")) return [...addressBytes(word)];
      const value = Number.parseInt(word, 16);
      return [value >> 8, value & 0xff];
    });
  const [start, end] = [words(head), words(tail ?? "")];
  return Uint8Array.from([...start, ...new Array<number>(16 - start.length - end.length).fill(0), ...end]);
}
