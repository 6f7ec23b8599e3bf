// Messages about interface addresses: rtnetlink(7), <linux/if_addr.h>.
import { type Message, NLM_F } from "./message.ts";
import { type AddressRange, familyOf, RTM } from "./rtnetlink.ts";
import { filled, optional } from "./values.ts";

export const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4, FLAGS: 8 } as const;
export const IFA_F = { NODAD: 0x2, PERMANENT: 0x80 } as const;
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
    attributes: [{ type: IFA.LOCAL, value: address }],
  };
}

/** struct ifaddrmsg */
function addressHeader(index: number, { address, prefixLength }: AddressRange, flags: number): Uint8Array {
  return filled(8, (view) => {
    view.setUint8(0, familyOf(address));
    view.setUint8(1, prefixLength);
    view.setUint8(2, flags);
    view.setUint8(3, RT_SCOPE.UNIVERSE);
    view.setUint32(4, index, true);
  });
}
