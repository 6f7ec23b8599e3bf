// Sets and maps of nf_tables, and their elements.
import { type Attribute, type Message, NLM_F } from "../message.ts";
import { be32Value, optional, stringValue, u32Value } from "../values.ts";
import { concatenate, DATA_TYPES, type DataType, fieldSizes, orderOf, typeNumber } from "./data-types.ts";
import { type Verdict, verdictData } from "./expressions.ts";
import { objectMessage, type Table } from "./messages.ts";
import {
  NFT_DATA_VERDICT,
  NFT_MSG,
  NFT_SET,
  NFT_SET_ELEM,
  NFTA_DATA,
  NFTA_LIST_ELEM,
  NFTA_SET,
  NFTA_SET_DESC_CONCAT,
  NFTA_SET_ELEM,
  NFTA_SET_ELEM_LIST,
  NFTA_SET_FIELD_LEN,
} from "./numbers.ts";
import { BYTE_ORDER, COMMENT, userdata } from "./userdata.ts";

/** What a set's keys are, and a map's data: one type, or a concatenation (`inet_proto . inet_service`). */
export interface SetShape {
  readonly table: Table;
  readonly set: string;
  readonly key: readonly DataType[];
  /** Of maps. */
  readonly data?: readonly DataType[] | "verdict";
  /** Elements may be ranges. */
  readonly interval?: boolean;
}

export interface SetOptions {
  readonly comment?: string;
  /** Known in this batch only: lookups name by it a set that has no name of its own (`__set%d`), which is then constant. */
  readonly id?: number;
}

/** One that is there stays as it is, with what is in it. */
export function addSet(shape: SetShape, { comment, id }: SetOptions = {}): Message {
  const { table, set, key, data, interval } = shape;
  const anonymous = set.includes("%d") ? NFT_SET.ANONYMOUS | NFT_SET.CONSTANT : 0;
  const ranges = interval ? NFT_SET.INTERVAL | (key.length > 1 ? NFT_SET.CONCAT : 0) : 0;
  return objectMessage(NFT_MSG.NEWSET, table.family, NLM_F.CREATE, [
    { type: NFTA_SET.TABLE, value: stringValue(table.name) },
    { type: NFTA_SET.NAME, value: stringValue(set) },
    { type: NFTA_SET.FLAGS, value: be32Value(anonymous | ranges | (data === undefined ? 0 : NFT_SET.MAP)) },
    { type: NFTA_SET.KEY_TYPE, value: be32Value(typeNumber(key)) },
    { type: NFTA_SET.KEY_LEN, value: be32Value(sizeOf(key)) },
    ...(data === undefined ? [] : dataAttributes(data)),
    ...(interval && key.length > 1 ? [{ type: NFTA_SET.DESC, value: fieldsOf(key) }] : []),
    { type: NFTA_SET.ID, value: be32Value(id ?? 1) },
    {
      type: NFTA_SET.USERDATA,
      value: userdata({
        [BYTE_ORDER.key]: u32Value(orderOf(key)),
        ...(data === undefined ? {} : { [BYTE_ORDER.data]: u32Value(data === "verdict" ? 0 : orderOf(data)) }),
        ...(comment === undefined ? {} : { [COMMENT.set]: stringValue(comment) }),
      }),
    },
  ]);
}

function dataAttributes(data: readonly DataType[] | "verdict"): Attribute[] {
  const [type, size] = data === "verdict" ? [NFT_DATA_VERDICT, 0] : [typeNumber(data), sizeOf(data)];
  return [
    { type: NFTA_SET.DATA_TYPE, value: be32Value(type) },
    { type: NFTA_SET.DATA_LEN, value: be32Value(size) },
  ];
}

function sizeOf(types: readonly DataType[]): number {
  return fieldSizes(types).reduce((sum, size) => sum + size, 0);
}

function fieldsOf(types: readonly DataType[]): Attribute[] {
  const fields = types.map((type) => ({
    type: NFTA_LIST_ELEM,
    value: [{ type: NFTA_SET_FIELD_LEN, value: be32Value(DATA_TYPES[type].size) }],
  }));
  return [{ type: NFTA_SET_DESC_CONCAT, value: fields }];
}

export function removeSet({ table, set }: Pick<SetShape, "table" | "set">): Message {
  return objectMessage(NFT_MSG.DELSET, table.family, 0, [
    { type: NFTA_SET.TABLE, value: stringValue(table.name) },
    { type: NFTA_SET.NAME, value: stringValue(set) },
  ]);
}

export interface Element {
  /** A value for each type of the key. */
  readonly key: readonly Uint8Array[];
  /** The last key of a range; of a set with `interval` only. */
  readonly last?: readonly Uint8Array[];
  readonly data?: readonly Uint8Array[] | Verdict;
  readonly comment?: string;
}

/** Elements that are there already stay; with other data, a map's are EEXIST. */
export function addElements(shape: SetShape, elements: readonly Element[], { id }: Pick<SetOptions, "id"> = {}): Message {
  return elementsMessage(NFT_MSG.NEWSETELEM, NLM_F.CREATE, shape, elements, id);
}

/** Elements that are not there are ENOENT, and so is the whole batch. */
export function removeElements(shape: SetShape, elements: readonly Element[]): Message {
  return elementsMessage(NFT_MSG.DELSETELEM, 0, shape, elements);
}

/** All elements, where none is named. */
export function flushSet(shape: SetShape): Message {
  return objectMessage(NFT_MSG.DELSETELEM, shape.table.family, 0, setOf(shape));
}

function setOf({ table, set }: SetShape, id?: number): Attribute[] {
  return [
    { type: NFTA_SET_ELEM_LIST.TABLE, value: stringValue(table.name) },
    { type: NFTA_SET_ELEM_LIST.SET, value: stringValue(set) },
    ...optional(NFTA_SET_ELEM_LIST.SET_ID, id, be32Value),
  ];
}

function elementsMessage(type: number, flags: number, shape: SetShape, elements: readonly Element[], id?: number): Message {
  const list = elements.flatMap((element) => elementAttributes(shape, element)).map((value) => ({ type: NFTA_LIST_ELEM, value }));
  return objectMessage(type, shape.table.family, flags, [...setOf(shape, id), { type: NFTA_SET_ELEM_LIST.ELEMENTS, value: list }]);
}

/** A range of one type is two elements, its first key and the one behind its last; of a concatenation it is one, with both ends. */
function elementAttributes(shape: SetShape, element: Element): Attribute[][] {
  const { key, last, data, comment } = element;
  const first = concatenate(shape.key, key);
  const more = [
    ...(data === undefined ? [] : [{ type: NFTA_SET_ELEM.DATA, value: dataOf(shape, data) }]),
    ...optional(NFTA_SET_ELEM.USERDATA, comment, (text) => userdata({ [COMMENT.element]: stringValue(text) })),
  ];
  const begin = { type: NFTA_SET_ELEM.KEY, value: bytesData(first) };
  if (!shape.interval) return [[begin, ...more]];
  const end = concatenate(shape.key, last ?? key);
  if (shape.key.length > 1) return [[begin, { type: NFTA_SET_ELEM.KEY_END, value: bytesData(end) }, ...more]];
  const behind = following(end);
  const flags = { type: NFTA_SET_ELEM.FLAGS, value: be32Value(NFT_SET_ELEM.INTERVAL_END) };
  return [[begin, ...more], ...(behind === undefined ? [] : [[flags, { type: NFTA_SET_ELEM.KEY, value: bytesData(behind) }]])];
}

function dataOf({ data: types }: SetShape, data: readonly Uint8Array[] | Verdict): readonly Attribute[] {
  return Array.isArray(data) ? bytesData(concatenate(types === "verdict" ? [] : (types ?? []), data)) : verdictData(data as Verdict);
}

function bytesData(value: Uint8Array): Attribute[] {
  return [{ type: NFTA_DATA.VALUE, value }];
}

/** The number behind one in network order; undefined behind the last there is. */
function following(bytes: Uint8Array): Uint8Array | undefined {
  const next = bytes.slice();
  for (let at = next.length - 1; at >= 0; at--) {
    const value = ((next[at] ?? 0) + 1) & 0xff;
    next[at] = value;
    if (value !== 0) return next;
  }
  return undefined;
}
