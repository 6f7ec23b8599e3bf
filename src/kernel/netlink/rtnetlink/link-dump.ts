// Links as the kernel tells of them: rtnetlink(7), <linux/if_link.h>.
import { Attributes, bodiesOf, present } from "../decode.ts";
import { macText, viewOf } from "../values.ts";
import { IFF_UP, IFLA, IFLA_BRPORT, IFLA_INFO, IFLA_VXLAN } from "./link-numbers.ts";
import { RTM } from "./numbers.ts";

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly mac?: string;
  readonly mtu?: number;
  readonly alias?: string;
  /** Of the bridge that it is a port of. */
  readonly master?: number;
  /** `bridge`, `veth`, …; devices of hardware have none. */
  readonly kind?: string;
  /** Index of the other end of a pair, or of the interface below. */
  readonly other?: number;
  /** That one is in another network namespace, which has this number here. */
  readonly otherNamespace?: number;
  readonly hairpin?: boolean;
  readonly isolated?: boolean;
  /** Of a vxlan. */
  readonly vni?: number;
}

const HEADER_SIZE = 16; // struct ifinfomsg

/** The links in the messages of a dump; messages of another kind are passed over. */
export function linksOf(dump: Uint8Array): Link[] {
  return bodiesOf(dump, RTM.NEWLINK, HEADER_SIZE).flatMap((body) => {
    const attributes = new Attributes(body, HEADER_SIZE);
    const name = attributes.text(IFLA.IFNAME);
    if (name === undefined) return [];
    const view = viewOf(body);
    const mac = attributes.bytes(IFLA.ADDRESS);
    const info = attributes.nested(IFLA.LINKINFO);
    const kind = info.text(IFLA_INFO.KIND);
    const port = info.text(IFLA_INFO.SLAVE_KIND) === "bridge" ? info.nested(IFLA_INFO.SLAVE_DATA) : undefined;
    return [
      {
        index: view.getInt32(4, true),
        name,
        up: (view.getUint32(8, true) & IFF_UP) !== 0,
        ...present({
          mac: mac && macText(mac),
          alias: attributes.text(IFLA.IFALIAS),
          kind,
        }),
        ...present({
          mtu: attributes.u32(IFLA.MTU),
          master: attributes.u32(IFLA.MASTER),
          other: attributes.u32(IFLA.LINK),
          otherNamespace: attributes.u32(IFLA.LINK_NETNSID),
          vni: kind === "vxlan" ? info.nested(IFLA_INFO.DATA).u32(IFLA_VXLAN.ID) : undefined,
        }),
        ...present({ hairpin: isSet(port, IFLA_BRPORT.MODE), isolated: isSet(port, IFLA_BRPORT.ISOLATED) }),
      },
    ];
  });
}

function isSet(attributes: Attributes | undefined, type: number): boolean | undefined {
  const value = attributes?.u8(type);
  return value === undefined ? undefined : value !== 0;
}
