// nf_tables as the kernel tells of it: requests for its lists, and what the answers say. An object that lacks what every one has is
// left out; nothing throws.
import { Attributes, bodiesOf, present } from "../decode.ts";
import { type Attribute, type Message, NLM_F } from "../message.ts";
import { optional, stringValue, viewOf } from "../values.ts";
import { type DataType, takeApart, typesOf } from "./data-types.ts";
import type { Verdict } from "./expressions.ts";
import { type Base, type Chain, messageType, objectMessage, type Table } from "./messages.ts";
import {
  FAMILIES,
  type Family,
  HOOKS,
  type Hook,
  NFT_DATA_VERDICT,
  NFT_MSG,
  NFT_SET,
  NFT_SET_ELEM,
  NFTA_CHAIN,
  NFTA_DATA,
  NFTA_EXPR,
  NFTA_HOOK,
  NFTA_LIST_ELEM,
  NFTA_RULE,
  NFTA_SET,
  NFTA_SET_ELEM,
  NFTA_SET_ELEM_LIST,
  NFTA_TABLE,
  NFTA_VERDICT,
  VERDICTS,
} from "./numbers.ts";
import type { SetShape } from "./sets.ts";
import { COMMENT, readUserdata } from "./userdata.ts";

export interface KnownTable extends Table {
  readonly handle: bigint;
  readonly comment?: string;
}

export interface KnownChain extends Chain {
  readonly handle: bigint;
  readonly base?: Base;
}

export interface KnownRule extends Chain {
  readonly handle: bigint;
  readonly comment?: string;
  readonly expressions: readonly { readonly name: string; readonly attributes: Attributes }[];
}

export interface KnownSet extends Table {
  readonly set: string;
  readonly handle: bigint;
  readonly comment?: string;
  readonly interval: boolean;
  readonly anonymous: boolean;
  /** Absent for types that data-types.ts does not have. */
  readonly key?: readonly DataType[];
  readonly data?: readonly DataType[] | "verdict";
}

export interface KnownElement {
  readonly key: readonly Uint8Array[];
  /** The last key of a range of a concatenation; a range of one type comes as two elements. */
  readonly last?: readonly Uint8Array[];
  /** It is not in the set: the range before it ends here. */
  readonly end: boolean;
  readonly data?: readonly Uint8Array[] | Verdict;
  readonly comment?: string;
}

const HEADER_SIZE = 4; // struct nfgenmsg
const FAMILY_NAMES = Object.keys(FAMILIES) as Family[];
const HOOK_NAMES = Object.keys(HOOKS) as Hook[];
const PLAIN_VERDICTS = ["accept", "drop", "return", "continue"] as const;

const REQUESTS = { tables: NFT_MSG.GETTABLE, chains: NFT_MSG.GETCHAIN, rules: NFT_MSG.GETRULE, sets: NFT_MSG.GETSET } as const;

/** Asks for all objects of a kind in a family; of rules and sets, those of one table where it is named. */
export function listRequest(kind: keyof typeof REQUESTS, family: Family, table?: string): Message {
  const named = kind === "rules" ? NFTA_RULE.TABLE : kind === "sets" ? NFTA_SET.TABLE : undefined;
  const attributes: Attribute[] = named === undefined ? [] : optional(named, table, stringValue);
  return objectMessage(REQUESTS[kind], family, NLM_F.DUMP, attributes);
}

/** Asks for the elements of a set. */
export function elementsRequest({ table, set }: Pick<SetShape, "table" | "set">): Message {
  return objectMessage(NFT_MSG.GETSETELEM, table.family, NLM_F.DUMP, [
    { type: NFTA_SET_ELEM_LIST.TABLE, value: stringValue(table.name) },
    { type: NFTA_SET_ELEM_LIST.SET, value: stringValue(set) },
  ]);
}

/** Asks for the number of the rule set: each batch that the kernel takes makes it one more. */
export function generationRequest(): Message {
  return objectMessage(NFT_MSG.GETGEN, "unspecified", 0, []);
}

export function generationOf(answer: Uint8Array): number | undefined {
  const [body] = bodiesOf(answer, messageType(NFT_MSG.NEWGEN), HEADER_SIZE);
  return body && new Attributes(body, HEADER_SIZE).be32(NFTA_GEN_ID);
}
const NFTA_GEN_ID = 1;

export function tablesOf(dump: Uint8Array): KnownTable[] {
  return objects(dump, NFT_MSG.NEWTABLE, (attributes, family) => {
    const name = attributes.text(NFTA_TABLE.NAME);
    const handle = attributes.be64(NFTA_TABLE.HANDLE);
    if (name === undefined || handle === undefined) return undefined;
    return { family, name, handle, ...commentIn(attributes, NFTA_TABLE.USERDATA, COMMENT.table) };
  });
}

export function chainsOf(dump: Uint8Array): KnownChain[] {
  return objects(dump, NFT_MSG.NEWCHAIN, (attributes, family) => {
    const name = attributes.text(NFTA_CHAIN.TABLE);
    const chain = attributes.text(NFTA_CHAIN.NAME);
    const handle = attributes.be64(NFTA_CHAIN.HANDLE);
    if (name === undefined || chain === undefined || handle === undefined) return undefined;
    return { family, name, chain, handle, ...present({ base: baseOf(attributes) }) };
  });
}

function baseOf(attributes: Attributes): Base | undefined {
  const place = attributes.nested(NFTA_CHAIN.HOOK);
  const number = place.be32(NFTA_HOOK.HOOKNUM);
  const hook = HOOK_NAMES.find((name) => HOOKS[name] === number);
  const type = attributes.text(NFTA_CHAIN.TYPE);
  if (hook === undefined || (type !== "filter" && type !== "nat" && type !== "route")) return undefined;
  const policy = attributes.be32(NFTA_CHAIN.POLICY) === VERDICTS.drop ? "drop" : "accept";
  return { type, hook, priority: (place.be32(NFTA_HOOK.PRIORITY) ?? 0) | 0, policy };
}

export function rulesOf(dump: Uint8Array): KnownRule[] {
  return objects(dump, NFT_MSG.NEWRULE, (attributes, family) => {
    const name = attributes.text(NFTA_RULE.TABLE);
    const chain = attributes.text(NFTA_RULE.CHAIN);
    const handle = attributes.be64(NFTA_RULE.HANDLE);
    if (name === undefined || chain === undefined || handle === undefined) return undefined;
    const expressions = attributes
      .nested(NFTA_RULE.EXPRESSIONS)
      .every(NFTA_LIST_ELEM)
      .flatMap((bytes) => {
        const expression = new Attributes(bytes);
        const text = expression.text(NFTA_EXPR.NAME);
        return text === undefined ? [] : [{ name: text, attributes: expression.nested(NFTA_EXPR.DATA) }];
      });
    return { family, name, chain, handle, expressions, ...commentIn(attributes, NFTA_RULE.USERDATA, COMMENT.rule) };
  });
}

export function setsOf(dump: Uint8Array): KnownSet[] {
  return objects(dump, NFT_MSG.NEWSET, (attributes, family) => {
    const name = attributes.text(NFTA_SET.TABLE);
    const set = attributes.text(NFTA_SET.NAME);
    const handle = attributes.be64(NFTA_SET.HANDLE);
    if (name === undefined || set === undefined || handle === undefined) return undefined;
    const flags = attributes.be32(NFTA_SET.FLAGS) ?? 0;
    const data = attributes.be32(NFTA_SET.DATA_TYPE);
    const isMap = (flags & NFT_SET.MAP) !== 0 && data !== undefined;
    return {
      family,
      name,
      set,
      handle,
      interval: (flags & NFT_SET.INTERVAL) !== 0,
      anonymous: (flags & NFT_SET.ANONYMOUS) !== 0,
      ...present({ key: typesOf(attributes.be32(NFTA_SET.KEY_TYPE) ?? 0) }),
      ...(isMap ? present({ data: data === NFT_DATA_VERDICT ? ("verdict" as const) : typesOf(data) }) : {}),
      ...commentIn(attributes, NFTA_SET.USERDATA, COMMENT.set),
    };
  });
}

/** The elements of a set or map of this shape. */
export function elementsOf(dump: Uint8Array, { key: types, data }: Pick<SetShape, "key" | "data">): KnownElement[] {
  const lists = bodiesOf(dump, messageType(NFT_MSG.NEWSETELEM), HEADER_SIZE);
  const elements = lists.flatMap((body) => new Attributes(body, HEADER_SIZE).nested(NFTA_SET_ELEM_LIST.ELEMENTS).every(NFTA_LIST_ELEM));
  return elements.flatMap((bytes) => {
    const attributes = new Attributes(bytes);
    const key = partsOf(attributes.nested(NFTA_SET_ELEM.KEY), types);
    if (key === undefined) return [];
    const value = attributes.nested(NFTA_SET_ELEM.DATA);
    return [
      {
        key,
        end: ((attributes.be32(NFTA_SET_ELEM.FLAGS) ?? 0) & NFT_SET_ELEM.INTERVAL_END) !== 0,
        ...present({ last: partsOf(attributes.nested(NFTA_SET_ELEM.KEY_END), types) }),
        ...present({ data: data === undefined ? undefined : data === "verdict" ? verdictOf(value) : partsOf(value, data) }),
        ...commentIn(attributes, NFTA_SET_ELEM.USERDATA, COMMENT.element),
      },
    ];
  });
}

function partsOf(attributes: Attributes, types: readonly DataType[]): Uint8Array[] | undefined {
  const value = attributes.bytes(NFTA_DATA.VALUE);
  return value && takeApart(types, value);
}

/** The verdict in data; undefined for one that is not of ours. */
export function verdictOf(data: Attributes): Verdict | undefined {
  const verdict = data.nested(NFTA_DATA.VERDICT);
  const code = verdict.bytes(NFTA_VERDICT.CODE);
  if (code === undefined || code.length < 4) return undefined;
  const number = viewOf(code).getInt32(0);
  const chain = verdict.text(NFTA_VERDICT.CHAIN);
  if (chain !== undefined && number === VERDICTS.jump) return { jump: chain };
  if (chain !== undefined && number === VERDICTS.goto) return { goto: chain };
  return PLAIN_VERDICTS.find((name) => VERDICTS[name] === number);
}

function commentIn(attributes: Attributes, userdata: number, type: number): { readonly comment?: string } {
  const bytes = readUserdata(attributes.bytes(userdata) ?? new Uint8Array()).get(type);
  return bytes === undefined ? {} : { comment: new TextDecoder().decode(bytes).replace(/\0.*$/s, "") };
}

function objects<Known>(dump: Uint8Array, type: number, read: (attributes: Attributes, family: Family) => Known | undefined): Known[] {
  return bodiesOf(dump, messageType(type), HEADER_SIZE).flatMap((body) => {
    const family = FAMILY_NAMES.find((name) => FAMILIES[name] === body[0]);
    const known = family && read(new Attributes(body, HEADER_SIZE), family);
    return known === undefined ? [] : [known];
  });
}
