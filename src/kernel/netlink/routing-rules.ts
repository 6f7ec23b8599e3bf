// Messages about rules that choose a routing table: rtnetlink(7), <linux/fib_rules.h>.
import type { Message } from "./message.ts";
import { NLM_F } from "./message.ts";
import { AF, RTM } from "./rtnetlink.ts";
import { filled, u32Value } from "./values.ts";

const FRA = { PRIORITY: 6, FWMARK: 10, TABLE: 15 } as const;
const FR_ACT_TO_TBL = 1;

export interface RoutingRule {
  readonly family: 4 | 6;
  /** Of the rules that a packet fits, the one with the least counts. */
  readonly priority: number;
  /** Firewall mark of the packets that it is for. */
  readonly mark: number;
  /** At most 255. */
  readonly table: number;
}

/** EEXIST where just this one is there. */
export function addRoutingRule({ family, priority, mark, table }: RoutingRule): Message {
  return {
    type: RTM.NEWRULE,
    flags: NLM_F.CREATE | NLM_F.EXCL,
    // struct fib_rule_hdr
    header: filled(12, (view) => {
      view.setUint8(0, family === 4 ? AF.INET : AF.INET6);
      view.setUint8(4, table);
      view.setUint8(7, FR_ACT_TO_TBL);
    }),
    attributes: [
      { type: FRA.PRIORITY, value: u32Value(priority) },
      { type: FRA.FWMARK, value: u32Value(mark) },
      { type: FRA.TABLE, value: u32Value(table) },
    ],
  };
}
