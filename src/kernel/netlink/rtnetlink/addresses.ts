// Messages about interface addresses: rtnetlink(7), <linux/if_addr.h>.
import { Attributes, bodiesOf, present } from "../decode.ts";
import { type Message, NLM_F } from "../message.ts";
import { filled, optional, viewOf } from "../values.ts";
import { type AddressRange, familyOf, RTM } from "./numbers.ts";

const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4, FLAGS: 8 } as const;
const IFA_F = { NODAD: 0x2, PERMANENT: 0x80 } as const;
export const RT_SCOPE = { UNIVERSE: 0, LINK: 253, HOST: 254, NOWHERE: 255 } as const;

export interface InterfaceAddress extends AddressRange {
  readonly broadcast?: Uint8Array;
}

export interface NewAddress extends InterfaceAddress {
  /** Usable at once, without asking the network whether another has it (IPv6). */
  readonly nodad?: boolean;
}

/** Gives an interface a permanent address of global scope. */
export function addAddress(index: number, { address, prefixLength, broadcast, nodad }: NewAddress): Message {
  return {
    type: RTM.NEWADDR,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    header: addressHeader(index, { address, prefixLength }, nodad ? IFA_F.NODAD : 0),
    attributes: [
      { type: IFA.LOCAL, value: address },
      ...optional(IFA.BROADCAST, broadcast, (value) => value),
      { type: IFA.ADDRESS, value: address },
    ],
  };
}

export function removeAddress(index: number, { address, prefixLength }: AddressRange): Message {
  return {
    type: RTM.DELADDR,
    flags: 0,
    header: addressHeader(index, { address, prefixLength }, 0),
    attributes: [
      { type: IFA.LOCAL, value: address },
      { type: IFA.ADDRESS, value: address },
    ],
  };
}

/** An address as the kernel tells of it. */
export interface KnownAddress extends InterfaceAddress {
  /** Of its interface. */
  readonly index: number;
  readonly scope: number;
  /** It was given for good, not learnt for a time. */
  readonly permanent: boolean;
}

const HEADER_SIZE = 8; // struct ifaddrmsg

/** The addresses in the messages of a dump; messages of another kind are passed over. */
export function addressesOf(dump: Uint8Array): KnownAddress[] {
  return bodiesOf(dump, RTM.NEWADDR, HEADER_SIZE).flatMap((body) => {
    const [, prefixLength = 0, shortFlags = 0, scope = 0] = body;
    const attributes = new Attributes(body, HEADER_SIZE);
    const flags = attributes.u32(IFA.FLAGS) ?? shortFlags;
    // Of a point-to-point interface, ADDRESS is the peer's; IPv6 has no LOCAL otherwise.
    const address = attributes.address(IFA.LOCAL) ?? attributes.address(IFA.ADDRESS);
    if (address === undefined) return [];
    const broadcast = attributes.address(IFA.BROADCAST);
    const index = viewOf(body).getUint32(4, true);
    return [{ index, address, prefixLength, scope, permanent: (flags & IFA_F.PERMANENT) !== 0, ...present({ broadcast }) }];
  });
}

/** struct ifaddrmsg */
function addressHeader(index: number, { address, prefixLength }: AddressRange, flags: number): Uint8Array {
  return filled(HEADER_SIZE, (view) => {
    view.setUint8(0, familyOf(address));
    view.setUint8(1, prefixLength);
    view.setUint8(2, flags);
    view.setUint8(3, RT_SCOPE.UNIVERSE);
    view.setUint32(4, index, true);
  });
}
