// Messages about routing rules: which table a packet's route is looked up in. <linux/fib_rules.h>.
import { Attributes, bodiesOf, present } from "../decode.ts";
import { type Attribute, type Message, NLM_F } from "../message.ts";
import { filled, optional, stringValue, u32Value } from "../values.ts";
import { type AddressRange, AF, RTM } from "./numbers.ts";

const FRA = { DST: 1, SRC: 2, IIFNAME: 3, PRIORITY: 6, FWMARK: 10, TABLE: 15, FWMASK: 16, OIFNAME: 17 } as const;
const FR_ACT_TO_TBL = 1;
const HEADER_SIZE = 12; // struct fib_rule_hdr

export interface RoutingRule {
  readonly family: 4 | 6;
  readonly table: number;
  /** Of the rules that a packet fits, the one with the least counts. */
  readonly priority?: number;
  readonly from?: AddressRange;
  readonly to?: AddressRange;
  readonly input?: string;
  readonly output?: string;
  /** Firewall mark of the packets that it is for. */
  readonly mark?: number;
  /** The bits of it that count; all otherwise. */
  readonly markMask?: number;
}

/** EEXIST where just this one is there. */
export function addRoutingRule(rule: RoutingRule): Message {
  const flags = NLM_F.CREATE | NLM_F.EXCL;
  return { type: RTM.NEWRULE, flags, header: ruleHeader(rule, FR_ACT_TO_TBL), attributes: ruleAttributes(rule) };
}

/** Removes the first rule that has what is given. */
export function removeRoutingRule(rule: RoutingRule): Message {
  return { type: RTM.DELRULE, flags: 0, header: ruleHeader(rule, 0), attributes: ruleAttributes(rule) };
}

/** The rules in the messages of a dump that lead to a table. */
export function rulesOf(dump: Uint8Array): RoutingRule[] {
  return bodiesOf(dump, RTM.NEWRULE, HEADER_SIZE).flatMap((body): RoutingRule[] => {
    const [family, toLength = 0, fromLength = 0, , shortTable = 0, , , action] = body;
    if ((family !== AF.INET && family !== AF.INET6) || action !== FR_ACT_TO_TBL) return [];
    const attributes = new Attributes(body, HEADER_SIZE);
    const range = (type: number, prefixLength: number) => {
      const address = attributes.address(type);
      return address && { address, prefixLength };
    };
    return [
      {
        family: family === AF.INET ? 4 : 6,
        table: attributes.u32(FRA.TABLE) ?? shortTable,
        ...present({ priority: attributes.u32(FRA.PRIORITY), mark: attributes.u32(FRA.FWMARK), markMask: attributes.u32(FRA.FWMASK) }),
        ...present({ from: range(FRA.SRC, fromLength), to: range(FRA.DST, toLength) }),
        ...present({ input: attributes.text(FRA.IIFNAME), output: attributes.text(FRA.OIFNAME) }),
      },
    ];
  });
}

function ruleHeader({ family, table, from, to }: RoutingRule, action: number): Uint8Array {
  return filled(HEADER_SIZE, (view) => {
    view.setUint8(0, family === 4 ? AF.INET : AF.INET6);
    view.setUint8(1, to?.prefixLength ?? 0);
    view.setUint8(2, from?.prefixLength ?? 0);
    view.setUint8(4, table < 256 ? table : 0);
    view.setUint8(7, action);
  });
}

function ruleAttributes({ table, priority, from, to, input, output, mark, markMask }: RoutingRule): Attribute[] {
  return [
    ...optional(FRA.PRIORITY, priority, u32Value),
    ...optional(FRA.SRC, from, ({ address }) => address),
    ...optional(FRA.DST, to, ({ address }) => address),
    ...optional(FRA.IIFNAME, input, stringValue),
    ...optional(FRA.OIFNAME, output, stringValue),
    ...optional(FRA.FWMARK, mark, u32Value),
    ...optional(FRA.FWMASK, markMask, u32Value),
    ...(table < 256 ? [] : [{ type: FRA.TABLE, value: u32Value(table) }]),
  ];
}
