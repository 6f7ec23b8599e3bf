// Messages about routes: rtnetlink(7), <linux/rtnetlink.h>.
import { Attributes, bodiesOf, present } from "../decode.ts";
import { type Message, NLM_F } from "../message.ts";
import { filled, optional, u32Value, viewOf } from "../values.ts";
import { RT_SCOPE } from "./addresses.ts";
import { type AddressRange, AF, familyOf, RTM } from "./numbers.ts";

const RTA = { DST: 1, OIF: 4, GATEWAY: 5, PRIORITY: 6, PREFSRC: 7, TABLE: 15 } as const;
export const ROUTE_TABLES = { main: 254, local: 255 } as const;
export const ROUTE_TYPES = { unicast: 1, local: 2, broadcast: 3, blackhole: 6, unreachable: 7, prohibit: 8 } as const;
/** Set up by hand or by a script, as `ip route add` says. */
const RTPROT_BOOT = 3;
const RTNH_F_ONLINK = 4;

const RTM_F_CLONED = 0x200;
const HEADER_SIZE = 12; // struct rtmsg

export type RouteType = keyof typeof ROUTE_TYPES;
const ROUTE_TYPE_NAMES = Object.keys(ROUTE_TYPES) as RouteType[];

export interface Route {
  /** All addresses of a family: `prefixLength` 0. */
  readonly destination: AddressRange;
  readonly gateway?: Uint8Array;
  /** The interface; unreachable destinations have none. */
  readonly index?: number;
  /** `main`; `local` for routes of that type. */
  readonly table?: number;
  readonly type?: RouteType;
  /** Of several to one destination the least is taken. IPv6 makes 1024 of none. */
  readonly metric?: number;
  /** The gateway is reached by the interface although no route says so. */
  readonly onlink?: boolean;
  /** The address that packets of this host then come from. */
  readonly source?: Uint8Array;
}

export function addRoute(route: Route): Message {
  return {
    type: RTM.NEWROUTE,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    header: routeHeader(route, { protocol: RTPROT_BOOT, scope: scopeOf(route) }),
    attributes: routeAttributes(route),
  };
}

/** Removes the first route that has what is given. */
export function removeRoute(route: Route): Message {
  const scope = (route.type ?? "unicast") === "unicast" ? RT_SCOPE.NOWHERE : scopeOf(route);
  return { type: RTM.DELROUTE, flags: 0, header: routeHeader(route, { protocol: 0, scope }), attributes: routeAttributes(route) };
}

/** A route as the kernel tells of it. */
export interface KnownRoute extends Omit<Route, "type" | "onlink"> {
  readonly table: number;
  /** Another type than those that we make has no name. */
  readonly type: RouteType | undefined;
}

/** The routes in the messages of a dump, of all tables; what the kernel keeps for a while (its cache) is left out. */
export function routesOf(dump: Uint8Array): KnownRoute[] {
  return bodiesOf(dump, RTM.NEWROUTE, HEADER_SIZE).flatMap((body) => {
    const cached = (viewOf(body).getUint32(8, true) & RTM_F_CLONED) !== 0;
    return cached ? [] : (knownRoute(body) ?? []);
  });
}

/** Asks which way a packet to an address takes. */
export function routeRequest(address: Uint8Array): Message {
  const header = filled(HEADER_SIZE, (view) => {
    view.setUint8(0, familyOf(address));
    view.setUint8(1, address.length * 8);
  });
  return { type: RTM.GETROUTE, flags: 0, header, attributes: [{ type: RTA.DST, value: address }] };
}

/** What `routeRequest` is answered. */
export function answeredRoute(answer: Uint8Array): KnownRoute | undefined {
  const [body] = bodiesOf(answer, RTM.NEWROUTE, HEADER_SIZE);
  return body && knownRoute(body);
}

function knownRoute(body: Uint8Array): KnownRoute | undefined {
  const [family, prefixLength = 0, , , shortTable = 0, , , type] = body;
  const attributes = new Attributes(body, HEADER_SIZE);
  const size = family === AF.INET ? 4 : 16;
  const address = attributes.address(RTA.DST) ?? new Uint8Array(size);
  if ((family !== AF.INET && family !== AF.INET6) || address.length !== size) return undefined;
  return {
    destination: { address, prefixLength },
    table: attributes.u32(RTA.TABLE) ?? shortTable,
    type: ROUTE_TYPE_NAMES.find((name) => ROUTE_TYPES[name] === type),
    ...present({ gateway: attributes.address(RTA.GATEWAY), source: attributes.address(RTA.PREFSRC) }),
    ...present({ index: attributes.u32(RTA.OIF), metric: attributes.u32(RTA.PRIORITY) }),
  };
}

/** How far away a destination is: on this host, on a link, or beyond a gateway. IPv6 knows no scopes of routes. */
function scopeOf({ destination, type = "unicast", gateway }: Route): number {
  if (familyOf(destination.address) === AF.INET6) return RT_SCOPE.UNIVERSE;
  if (type === "local") return RT_SCOPE.HOST;
  return type === "broadcast" || (type === "unicast" && gateway === undefined) ? RT_SCOPE.LINK : RT_SCOPE.UNIVERSE;
}

function tableOf({ table, type }: Route): number {
  return table ?? (type === "local" || type === "broadcast" ? ROUTE_TABLES.local : ROUTE_TABLES.main);
}

/** struct rtmsg */
function routeHeader(route: Route, { protocol, scope }: { readonly protocol: number; readonly scope: number }): Uint8Array {
  const { destination, type = "unicast", onlink } = route;
  const table = tableOf(route);
  return filled(HEADER_SIZE, (view) => {
    view.setUint8(0, familyOf(destination.address));
    view.setUint8(1, destination.prefixLength);
    view.setUint8(4, table < 256 ? table : 0);
    view.setUint8(5, protocol);
    view.setUint8(6, scope);
    view.setUint8(7, ROUTE_TYPES[type]);
    view.setUint32(8, onlink ? RTNH_F_ONLINK : 0, true);
  });
}

function routeAttributes(route: Route) {
  const { destination, gateway, index, metric, source } = route;
  const table = tableOf(route);
  return [
    ...(destination.prefixLength === 0 ? [] : [{ type: RTA.DST, value: destination.address }]),
    ...optional(RTA.GATEWAY, gateway, (value) => value),
    ...optional(RTA.PREFSRC, source, (value) => value),
    ...optional(RTA.OIF, index, u32Value),
    ...optional(RTA.PRIORITY, metric, u32Value),
    ...(table < 256 ? [] : [{ type: RTA.TABLE, value: u32Value(table) }]),
  ];
}
