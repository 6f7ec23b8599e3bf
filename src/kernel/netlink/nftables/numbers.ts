// Numbers of nf_tables: <linux/netfilter/nf_tables.h>, <linux/netfilter/nfnetlink.h>, <linux/netfilter.h>.

export const NFNL_SUBSYS_NFTABLES = 10;
export const NFNL_MSG = { BATCH_BEGIN: 16, BATCH_END: 17 } as const;

export const NFT_MSG = {
  NEWTABLE: 0,
  GETTABLE: 1,
  DELTABLE: 2,
  NEWCHAIN: 3,
  GETCHAIN: 4,
  DELCHAIN: 5,
  NEWRULE: 6,
  GETRULE: 7,
  DELRULE: 8,
  NEWSET: 9,
  GETSET: 10,
  DELSET: 11,
  NEWSETELEM: 12,
  GETSETELEM: 13,
  DELSETELEM: 14,
  NEWGEN: 15,
  GETGEN: 16,
} as const;

/** NFPROTO_*: the families of tables. */
export const FAMILIES = { unspecified: 0, inet: 1, ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 } as const;
export type Family = keyof typeof FAMILIES;

export const HOOKS = { prerouting: 0, input: 1, forward: 2, output: 3, postrouting: 4 } as const;
export type Hook = keyof typeof HOOKS;

/** An attribute of this number is one of a list's. */
export const NFTA_LIST_ELEM = 1;
export const NFTA_TABLE = { NAME: 1, FLAGS: 2, HANDLE: 4, USERDATA: 6 } as const;
export const NFTA_CHAIN = { TABLE: 1, HANDLE: 2, NAME: 3, HOOK: 4, POLICY: 5, TYPE: 7, USERDATA: 12 } as const;
export const NFTA_HOOK = { HOOKNUM: 1, PRIORITY: 2 } as const;
export const NFTA_RULE = { TABLE: 1, CHAIN: 2, HANDLE: 3, EXPRESSIONS: 4, POSITION: 6, USERDATA: 7 } as const;
export const NFTA_SET = {
  TABLE: 1,
  NAME: 2,
  FLAGS: 3,
  KEY_TYPE: 4,
  KEY_LEN: 5,
  DATA_TYPE: 6,
  DATA_LEN: 7,
  DESC: 9,
  ID: 10,
  USERDATA: 13,
  HANDLE: 16,
} as const;
/** In NFTA_SET_DESC, and in each field of its concatenation. */
export const NFTA_SET_DESC_CONCAT = 2;
export const NFTA_SET_FIELD_LEN = 1;
export const NFT_SET = { ANONYMOUS: 1, CONSTANT: 2, INTERVAL: 4, MAP: 8, CONCAT: 128 } as const;
export const NFTA_SET_ELEM_LIST = { TABLE: 1, SET: 2, ELEMENTS: 3, SET_ID: 4 } as const;
export const NFTA_SET_ELEM = { KEY: 1, DATA: 2, FLAGS: 3, USERDATA: 6, KEY_END: 10 } as const;
export const NFT_SET_ELEM = { INTERVAL_END: 1, CATCHALL: 2 } as const;
/** In an attribute that holds data: bytes or a verdict. */
export const NFTA_DATA = { VALUE: 1, VERDICT: 2 } as const;
export const NFTA_VERDICT = { CODE: 1, CHAIN: 2 } as const;
/** The data type of a map to verdicts. */
export const NFT_DATA_VERDICT = 0xffffff00;
export const VERDICTS = { drop: 0, accept: 1, continue: -1, jump: -3, goto: -4, return: -5 } as const;

export const NFTA_EXPR = { NAME: 1, DATA: 2 } as const;
export const NFT_REG_VERDICT = 0;

/** Attributes of the expressions, by name. */
export const NFTA_IMMEDIATE = { DREG: 1, DATA: 2 } as const;
export const NFTA_META = { DREG: 1, KEY: 2, SREG: 3 } as const;
export const NFTA_PAYLOAD = { DREG: 1, BASE: 2, OFFSET: 3, LEN: 4 } as const;
export const NFTA_CMP = { SREG: 1, OP: 2, DATA: 3 } as const;
export const NFTA_LOOKUP = { SET: 1, SREG: 2, DREG: 3, SET_ID: 4, FLAGS: 5 } as const;
export const NFT_LOOKUP_F_INV = 1;
export const NFTA_CT = { DREG: 1, KEY: 2, DIRECTION: 3, SREG: 4 } as const;
export const NFTA_FIB = { DREG: 1, RESULT: 2, FLAGS: 3 } as const;
export const NFTA_NAT = { TYPE: 1, FAMILY: 2, REG_ADDR_MIN: 3, REG_PROTO_MIN: 5 } as const;
export const NFTA_REDIR_REG_PROTO_MIN = 1;
export const NFTA_DUP = { SREG_ADDR: 1, SREG_DEV: 2 } as const;
export const NFTA_BITWISE = { SREG: 1, DREG: 2, LEN: 3, MASK: 4, XOR: 5 } as const;
export const NFTA_SOCKET = { KEY: 1, DREG: 2 } as const;
export const NFTA_REJECT = { TYPE: 1, ICMP_CODE: 2 } as const;

export const META_KEYS = {
  protocol: 1,
  mark: 3,
  iif: 4,
  oif: 5,
  iifname: 6,
  oifname: 7,
  nfproto: 15,
  l4proto: 16,
  pkttype: 19,
} as const;
export const PAYLOAD_BASES = { link: 0, network: 1, transport: 2 } as const;
export const COMPARISONS = { eq: 0, neq: 1, lt: 2, lte: 3, gt: 4, gte: 5 } as const;
export const CT_KEYS = { state: 0, direction: 1, status: 2, mark: 3, protoDst: 12 } as const;
/** Bits of `ct state` and `ct status`, as the register has them. */
export const CT_STATE = { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 } as const;
export const CT_STATUS = { confirmed: 0x8, snat: 0x10, dnat: 0x20 } as const;
export const SOCKET_KEYS = { transparent: 0 } as const;
export const FIB_RESULTS = { oif: 1, oifname: 2, type: 3 } as const;
export const FIB_FLAGS = { saddr: 1, daddr: 2, mark: 4, iif: 8, oif: 16 } as const;
export const NAT_TYPES = { snat: 0, dnat: 1 } as const;
export const REJECT_TYPES = { icmp: 0, tcpReset: 1 } as const;
