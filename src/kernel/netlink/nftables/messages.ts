// The frame of nf_tables' messages: nfnetlink's header, and batches, which the kernel takes as a whole or not at all.
import { type Attribute, type Message, NLM_F } from "../message.ts";
import { be32Value, be64Value, filled, optional, stringValue } from "../values.ts";
import {
  FAMILIES,
  type Family,
  HOOKS,
  type Hook,
  NFNL_MSG,
  NFNL_SUBSYS_NFTABLES,
  NFT_MSG,
  NFTA_CHAIN,
  NFTA_EXPR,
  NFTA_HOOK,
  NFTA_LIST_ELEM,
  NFTA_RULE,
  NFTA_TABLE,
  VERDICTS,
} from "./numbers.ts";
import { COMMENT, userdata } from "./userdata.ts";

/** A table by its family and name. */
export interface Table {
  readonly family: Family;
  readonly name: string;
}

export interface Chain extends Table {
  readonly chain: string;
}

/** Where packets come into a chain, and in which order among the chains there. */
export interface Base {
  readonly type: "filter" | "nat" | "route";
  readonly hook: Hook;
  readonly priority: number;
  readonly policy?: "accept" | "drop";
}

/** One step of a rule: what expressions.ts makes. */
export interface Expression {
  readonly name: string;
  readonly attributes: readonly Attribute[];
}

/**
 * Between the messages that only a batch may have: all of them, or none. Errors are told unasked, and only the last is asked for its
 * acknowledgement: the kernel sends them all at once, and those of thousands would not fit a socket.
 */
export function batch(messages: readonly Message[]): Message[] {
  const end = (type: number): Message => ({ type, flags: 0, header: generalHeader(0, NFNL_SUBSYS_NFTABLES), attributes: [], silent: true });
  const silenced = messages.slice(0, -1).map((message): Message => ({ ...message, silent: true }));
  return [end(NFNL_MSG.BATCH_BEGIN), ...silenced, ...messages.slice(-1), end(NFNL_MSG.BATCH_END)];
}

/** A message about an object in a table of a family. */
export function objectMessage(type: number, family: Family, flags: number, attributes: readonly Attribute[]): Message {
  return { type: messageType(type), flags, header: generalHeader(FAMILIES[family], 0), attributes };
}

export function messageType(type: number): number {
  return (NFNL_SUBSYS_NFTABLES << 8) | type;
}

/** struct nfgenmsg */
function generalHeader(family: number, resource: number): Uint8Array {
  return filled(4, (view) => {
    view.setUint8(0, family);
    view.setUint16(2, resource);
  });
}

/** One that is there already stays as it is; so do chains and sets, but a rule is added each time. */
export function addTable({ family, name, comment }: Table & { readonly comment?: string }): Message {
  return objectMessage(NFT_MSG.NEWTABLE, family, NLM_F.CREATE, [
    { type: NFTA_TABLE.NAME, value: stringValue(name) },
    { type: NFTA_TABLE.FLAGS, value: be32Value(0) },
    ...optional(NFTA_TABLE.USERDATA, comment, (text) => userdata({ [COMMENT.table]: stringValue(text) })),
  ]);
}

/** Asks for a table: ENOENT says that it is not there. Questions stand in no batch. */
export function askForTable({ family, name }: Table): Message {
  return objectMessage(NFT_MSG.GETTABLE, family, 0, [{ type: NFTA_TABLE.NAME, value: stringValue(name) }]);
}

export const isQuestion = ({ type }: Message): boolean => type === messageType(NFT_MSG.GETTABLE);

/** With all that is in it. */
export function removeTable({ family, name }: Table): Message {
  return objectMessage(NFT_MSG.DELTABLE, family, 0, [{ type: NFTA_TABLE.NAME, value: stringValue(name) }]);
}

/** @param base none for a chain that is only jumped to */
export function addChain({ family, name, chain }: Chain, base?: Base): Message {
  return objectMessage(NFT_MSG.NEWCHAIN, family, NLM_F.CREATE, [
    { type: NFTA_CHAIN.TABLE, value: stringValue(name) },
    { type: NFTA_CHAIN.NAME, value: stringValue(chain) },
    ...(base === undefined ? [] : baseAttributes(base)),
  ]);
}

function baseAttributes({ type, hook, priority, policy }: Base): Attribute[] {
  const place = [
    { type: NFTA_HOOK.HOOKNUM, value: be32Value(HOOKS[hook]) },
    { type: NFTA_HOOK.PRIORITY, value: be32Value(priority) },
  ];
  return [
    { type: NFTA_CHAIN.TYPE, value: stringValue(type) },
    ...optional(NFTA_CHAIN.POLICY, policy, (name) => be32Value(VERDICTS[name])),
    { type: NFTA_CHAIN.HOOK, value: place },
  ];
}

export function removeChain({ family, name, chain }: Chain): Message {
  return objectMessage(NFT_MSG.DELCHAIN, family, 0, [
    { type: NFTA_CHAIN.TABLE, value: stringValue(name) },
    { type: NFTA_CHAIN.NAME, value: stringValue(chain) },
  ]);
}

export interface RuleOptions {
  /** nft shows it: `comment "…"`. At most 128 bytes. */
  readonly comment?: string;
  /** At the beginning of the chain; at its end otherwise. */
  readonly first?: boolean;
}

/** Adds a rule to a chain that is there. */
export function addRule(chain: Chain, expressions: readonly Expression[], { comment, first = false }: RuleOptions = {}): Message {
  return objectMessage(NFT_MSG.NEWRULE, chain.family, NLM_F.CREATE | (first ? 0 : NLM_F.APPEND), [
    ...chainOf(chain),
    { type: NFTA_RULE.EXPRESSIONS, value: expressions.map(expressionAttribute) },
    ...optional(NFTA_RULE.USERDATA, comment, (text) => userdata({ [COMMENT.rule]: stringValue(text) })),
  ]);
}

/** Removes the rule with the handle that a dump has told. */
export function removeRule(chain: Chain, handle: bigint): Message {
  return objectMessage(NFT_MSG.DELRULE, chain.family, 0, [...chainOf(chain), { type: NFTA_RULE.HANDLE, value: be64Value(handle) }]);
}

/** Removes all rules of a chain. */
export function flushChain(chain: Chain): Message {
  return objectMessage(NFT_MSG.DELRULE, chain.family, 0, chainOf(chain));
}

function chainOf({ name, chain }: Chain): Attribute[] {
  return [
    { type: NFTA_RULE.TABLE, value: stringValue(name) },
    { type: NFTA_RULE.CHAIN, value: stringValue(chain) },
  ];
}

function expressionAttribute({ name, attributes }: Expression): Attribute {
  return {
    type: NFTA_LIST_ELEM,
    value: [
      { type: NFTA_EXPR.NAME, value: stringValue(name) },
      { type: NFTA_EXPR.DATA, value: attributes },
    ],
  };
}
