// The numbers of netlink's messages against the kernel's own headers, where they are installed (linux-libc-dev).
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { constants, INCLUDE, withPrefix } from "../tables/headers.test-support.ts";
import { NLM_F } from "./message.ts";
import * as nft from "./nftables/numbers.ts";
import { RT_SCOPE } from "./rtnetlink/addresses.ts";
import {
  IFLA,
  IFLA_BR,
  IFLA_BRPORT,
  IFLA_INFO,
  IFLA_IPVLAN_MODE,
  IFLA_MACVLAN_MODE,
  IFLA_VXLAN,
  VETH_INFO_PEER,
} from "./rtnetlink/link-numbers.ts";
import { RTM } from "./rtnetlink/numbers.ts";
import { ROUTE_TABLES, ROUTE_TYPES } from "./rtnetlink/routes.ts";

interface Row {
  readonly file: string;
  /** Of what `file` says its numbers by. */
  readonly base?: string;
  /** By the prefix that the header's names have. */
  readonly tables: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

const upper = (table: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(table).map(([name, value]) => [name.toUpperCase(), value]));

const ROWS: readonly Row[] = [
  { file: "linux/netlink.h", tables: { NLM_F_: { ...NLM_F } } },
  {
    file: "linux/rtnetlink.h",
    tables: { RTM_: RTM, RT_SCOPE_: RT_SCOPE, RTN_: upper(ROUTE_TYPES), RT_TABLE_: upper(ROUTE_TABLES) },
  },
  {
    file: "linux/if_link.h",
    tables: {
      IFLA_: IFLA,
      IFLA_INFO_: IFLA_INFO,
      IFLA_BR_: IFLA_BR,
      IFLA_BRPORT_: IFLA_BRPORT,
      IFLA_VXLAN_: IFLA_VXLAN,
      IFLA_MACVLAN_: { MODE: IFLA_MACVLAN_MODE },
      IFLA_IPVLAN_: { MODE: IFLA_IPVLAN_MODE },
    },
  },
  { file: "linux/veth.h", tables: { VETH_INFO_: { PEER: VETH_INFO_PEER } } },
  {
    file: "linux/netfilter/nf_tables.h",
    tables: {
      NFT_MSG_: nft.NFT_MSG,
      NFTA_TABLE_: nft.NFTA_TABLE,
      NFTA_CHAIN_: nft.NFTA_CHAIN,
      NFTA_HOOK_: nft.NFTA_HOOK,
      NFTA_RULE_: nft.NFTA_RULE,
      NFTA_SET_: nft.NFTA_SET,
      NFTA_SET_DESC_: { CONCAT: nft.NFTA_SET_DESC_CONCAT },
      NFTA_SET_FIELD_: { LEN: nft.NFTA_SET_FIELD_LEN },
      NFT_SET_: nft.NFT_SET,
      NFTA_SET_ELEM_LIST_: nft.NFTA_SET_ELEM_LIST,
      NFTA_SET_ELEM_: nft.NFTA_SET_ELEM,
      NFT_SET_ELEM_: nft.NFT_SET_ELEM,
      NFTA_DATA_: nft.NFTA_DATA,
      NFTA_VERDICT_: nft.NFTA_VERDICT,
      NFTA_EXPR_: nft.NFTA_EXPR,
      NFTA_IMMEDIATE_: nft.NFTA_IMMEDIATE,
      NFTA_META_: nft.NFTA_META,
      NFTA_PAYLOAD_: nft.NFTA_PAYLOAD,
      NFTA_CMP_: nft.NFTA_CMP,
      NFTA_LOOKUP_: nft.NFTA_LOOKUP,
      NFTA_CT_: nft.NFTA_CT,
      NFTA_FIB_: nft.NFTA_FIB,
      NFTA_NAT_: nft.NFTA_NAT,
      NFTA_DUP_: nft.NFTA_DUP,
      NFTA_BITWISE_: nft.NFTA_BITWISE,
      NFTA_REJECT_: nft.NFTA_REJECT,
      NFTA_SOCKET_: nft.NFTA_SOCKET,
      NFT_META_: upper(nft.META_KEYS),
      NFT_CMP_: upper(nft.COMPARISONS),
      NFT_NAT_: upper(nft.NAT_TYPES),
    },
  },
  {
    file: "linux/netfilter/nfnetlink.h",
    base: "linux/netlink.h",
    tables: { NFNL_MSG_: { BATCH_BEGIN: nft.NFNL_MSG.BATCH_BEGIN }, NFNL_SUBSYS_: { NFTABLES: nft.NFNL_SUBSYS_NFTABLES } },
  },
];

describe("numbers of", () => {
  for (const { file, base, tables } of ROWS) {
    const path = `${INCLUDE}/${file}`;
    test.skipIf(!existsSync(path))(file, () => {
      const header = constants([...(base === undefined ? [] : [`${INCLUDE}/${base}`]), path]);
      for (const [prefix, table] of Object.entries(tables)) {
        const named = withPrefix(prefix, table);
        const theirs = Object.fromEntries(Object.keys(named).map((name) => [name, header.get(name)]));
        expect<unknown>(theirs).toEqual(named);
      }
    });
  }
});
