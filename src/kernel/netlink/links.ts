// Messages about network interfaces: rtnetlink(7), <linux/if_link.h>.
import type { Register } from "../plan/plan.ts";
import type { Attribute, Message } from "./message.ts";
import { stringValue, u32Value } from "./values.ts";

const RTM_NEWLINK = 16;
const IFF_UP = 0x1;
const IFLA = { IFNAME: 3, NET_NS_FD: 28, NEW_IFINDEX: 49 } as const;

/** The loopback interface has this index in every network namespace (LOOPBACK_IFINDEX). */
export const LOOPBACK_INDEX = 1;

/** struct ifinfomsg */
function interfaceInfo(index: number, { flags, change }: { readonly flags: number; readonly change: number }): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setInt32(4, index, true);
  view.setUint32(8, flags, true);
  view.setUint32(12, change, true);
  return bytes;
}

function changeLink(
  index: number,
  state: { readonly flags: number; readonly change: number },
  attributes: readonly Attribute[] = [],
): Message {
  return { type: RTM_NEWLINK, flags: 0, header: interfaceInfo(index, state), attributes };
}

/** Takes an interface up or down. */
export function setLinkUp(index: number, up: boolean): Message {
  return changeLink(index, { flags: up ? IFF_UP : 0, change: IFF_UP });
}

/**
 * Moves an interface into the network namespace of a descriptor and gives it its name there, both in one step, so that the name
 * cannot clash on the way. `name` may hold `%d`: the kernel puts a free number there. The index stays, or the move fails with EBUSY
 * (IFLA_NEW_IFINDEX, Linux 5.13): messages that follow must not reach another interface.
 */
export function moveLink(index: number, { name, namespace }: { readonly name: string; readonly namespace: Register }): Message {
  return changeLink(index, { flags: 0, change: 0 }, [
    { type: IFLA.IFNAME, value: stringValue(name) },
    { type: IFLA.NET_NS_FD, value: { u32: namespace } },
    { type: IFLA.NEW_IFINDEX, value: u32Value(index) },
  ]);
}
