// Messages about interface addresses: rtnetlink(7), <linux/if_addr.h>.
import { type Message, NLM_F } from "./message.ts";

const RTM_NEWADDR = 20;
const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 } as const;
const RT_SCOPE_UNIVERSE = 0;

/** Address families of socket(2). */
const AF = { 4: 2, 16: 10 } as const;

export interface InterfaceAddress {
  /** Four bytes (IPv4) or sixteen (IPv6), in network order. */
  readonly address: Uint8Array;
  readonly prefixLength: number;
  readonly broadcast?: Uint8Array;
}

/** Gives an interface a permanent address of global scope. */
export function addAddress(index: number, { address, prefixLength, broadcast }: InterfaceAddress): Message {
  const header = new Uint8Array(8); // struct ifaddrmsg
  header[0] = address.length === 4 ? AF[4] : AF[16];
  header[1] = prefixLength;
  header[3] = RT_SCOPE_UNIVERSE;
  new DataView(header.buffer).setUint32(4, index, true);
  return {
    type: RTM_NEWADDR,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    header,
    attributes: [
      { type: IFA.LOCAL, value: address },
      ...(broadcast === undefined ? [] : [{ type: IFA.BROADCAST, value: broadcast }]),
      { type: IFA.ADDRESS, value: address },
    ],
  };
}
