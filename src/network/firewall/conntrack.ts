// Connections that the kernel remembers are led as they were when they began, above all those of UDP, which end by silence alone: so what is remembered
// of a port is forgotten when the port is published, and what leads to a container when the container gives its ports up.
// <linux/netfilter/nfnetlink_conntrack.h>: a filter on deletion is Linux 5.8.
import type { Attribute, Message } from "../../kernel/netlink/message.ts";
import { be16Value, filled, u8Value, u32Value } from "../../kernel/netlink/values.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import { addressBytes, familyOf, type IpAddress } from "../address/address.ts";
import type { PublishedPort } from "../model/port.ts";

const IPCTNL_MSG_CT_DELETE = (1 << 8) | 2; // NFNL_SUBSYS_CTNETLINK
const AF = { 4: 2, 6: 10 } as const;
const CTA = { TUPLE_ORIG: 1, TUPLE_REPLY: 2, FILTER: 25 } as const;
const CTA_TUPLE = { IP: 1, PROTO: 2 } as const;
const CTA_IP_SRC = { 4: 1, 6: 3 } as const;
const CTA_PROTO = { NUM: 1, DST_PORT: 3 } as const;
const CTA_FILTER = { ORIG_FLAGS: 1, REPLY_FLAGS: 2 } as const;
/** Which attributes of a tuple have to be the same (CTA_FILTER_F_*, net/netfilter/nf_internals.h). */
const COMPARED = { source: 1, protocol: 8, destinationPort: 32 } as const;
const UDP = 17;

/** What is remembered of datagrams to a port of the host. */
export function forgetPort({ address, port }: Pick<PublishedPort, "address" | "port">): Described {
  const tuple = [
    {
      type: CTA_TUPLE.PROTO,
      value: [
        { type: CTA_PROTO.NUM, value: u8Value(UDP) },
        { type: CTA_PROTO.DST_PORT, value: be16Value(port) },
      ],
    },
  ];
  const flags = COMPARED.protocol | COMPARED.destinationPort;
  const attributes = [{ type: CTA.TUPLE_ORIG, value: tuple }, filter({ original: flags, reply: 0 })];
  return { message: deletion(familyOf(address), attributes), subject: `connections to port ${port}/udp` };
}

/** All connections that a container has answered, or was to answer. */
export function forgetContainer(address: IpAddress): Described {
  const family = familyOf(address);
  const bytes = addressBytes(address) ?? new Uint8Array(4);
  const tuple = [{ type: CTA_TUPLE.IP, value: [{ type: CTA_IP_SRC[family], value: bytes }] }];
  const attributes = [{ type: CTA.TUPLE_REPLY, value: tuple }, filter({ original: 0, reply: COMPARED.source })];
  return { message: deletion(family, attributes), subject: `connections to ${address}` };
}

function filter({ original, reply }: { readonly original: number; readonly reply: number }): Attribute {
  return {
    type: CTA.FILTER,
    value: [
      { type: CTA_FILTER.ORIG_FLAGS, value: u32Value(original) },
      { type: CTA_FILTER.REPLY_FLAGS, value: u32Value(reply) },
    ],
  };
}

function deletion(family: 4 | 6, attributes: readonly Attribute[]): Message {
  return { type: IPCTNL_MSG_CT_DELETE, flags: 0, header: filled(4, (view) => view.setUint8(0, AF[family])), attributes };
}
