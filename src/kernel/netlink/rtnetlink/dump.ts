// Requests for the kernel's tables: rtnetlink(7). What comes is read by linksOf, addressesOf, routesOf, neighboursOf, rulesOf.
import { type Message, NLM_F } from "../message.ts";
import { filled, stringValue, u32Value } from "../values.ts";
import { IFLA } from "./link-numbers.ts";
import type { LinkReference } from "./links.ts";
import { AF, RTM } from "./numbers.ts";

/** Links without their statistics, which are most of what is told of one. */
const RTEXT_FILTER_SKIP_STATS = 8;

/** The request's type, the size of its fixed header, whose first byte is a family, and what more it says. */
const KINDS = {
  links: {
    type: RTM.GETLINK,
    size: 16,
    family: AF.UNSPEC,
    attributes: [{ type: IFLA.EXT_MASK, value: u32Value(RTEXT_FILTER_SKIP_STATS) }],
  },
  addresses: { type: RTM.GETADDR, size: 8, family: AF.UNSPEC, attributes: [] },
  routes: { type: RTM.GETROUTE, size: 12, family: AF.UNSPEC, attributes: [] },
  neighbours: { type: RTM.GETNEIGH, size: 12, family: AF.UNSPEC, attributes: [] },
  forwarding: { type: RTM.GETNEIGH, size: 12, family: AF.BRIDGE, attributes: [] },
  rules: { type: RTM.GETRULE, size: 12, family: AF.UNSPEC, attributes: [] },
} as const;

export type DumpKind = keyof typeof KINDS;

/** Asks for one link; the answer is as that of a dump. ENODEV where there is none. */
export function linkRequest(link: LinkReference): Message {
  const { type, size, attributes } = KINDS.links;
  const header = filled(size, (view) => view.setInt32(4, typeof link === "number" ? link : 0, true));
  const name = typeof link === "number" ? [] : [{ type: IFLA.IFNAME, value: stringValue(link) }];
  return { type, flags: 0, header, attributes: [...name, ...attributes] };
}

/** Asks for a whole table, of both families. */
export function dumpRequest(kind: DumpKind): Message {
  const { type, size, family, attributes } = KINDS[kind];
  return { type, flags: NLM_F.DUMP, header: filled(size, (view) => view.setUint8(0, family)), attributes };
}
