// How answers of containers come back to the forwarder (launcher/forward.c): its sockets have addresses of peers elsewhere, to which the
// namespace would route what is sent to them. Packets that such a socket waits for get a mark, and marked ones are this host's own.
import { NETLINK_NETFILTER, NETLINK_ROUTE } from "../../kernel/netlink/message.ts";
import { immediate, setMeta, socketIs } from "../../kernel/netlink/nftables/expressions.ts";
import { addChain, addRule, addTable, removeTable } from "../../kernel/netlink/nftables/messages.ts";
import { addRoute } from "../../kernel/netlink/rtnetlink/routes.ts";
import { addRoutingRule } from "../../kernel/netlink/rtnetlink/routing-rules.ts";
import { u32Value } from "../../kernel/netlink/values.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import type { NetworkStep } from "../../kernel/state/networks/work.ts";
import type { Family } from "../address/address.ts";
import { EVERYWHERE } from "../drivers/inside.ts";
import { FAMILY } from "../firewall/shapes.ts";

const TABLE = "teu-answers";
/** Of the firewall's priorities (nft(8)): behind connection tracking, which gives packets the addresses that the socket knows. */
const MANGLE = -150;
const MARK = 0x7e0;
const ROUTES = 120;
const PRIORITY = 120;
const REGISTER = 1;
const LOOPBACK = 1;

/** Idempotent. @param families those that the kernel has */
export function answerSteps(families: readonly Family[]): NetworkStep[] {
  const routing = families.flatMap((family): Described[] => {
    const subject = `answers to published ports (IPv${family})`;
    return [
      { message: addRoute({ destination: EVERYWHERE[family], type: "local", index: LOOPBACK, table: ROUTES }), subject },
      { message: addRoutingRule({ family, priority: PRIORITY, mark: MARK, table: ROUTES }), subject },
    ];
  });
  const firewall = families.flatMap((family): Described[] => {
    const table = { family: FAMILY[family].table, name: TABLE };
    const chain = { ...table, chain: "prerouting" };
    const rule = [...socketIs("transparent"), immediate(REGISTER, u32Value(MARK)), setMeta("mark", REGISTER)];
    const messages = [
      addTable(table), // so that there is one to remove
      removeTable(table),
      addTable(table),
      addChain(chain, { type: "filter", hook: "prerouting", priority: MANGLE }),
      addRule(chain, rule),
    ];
    return messages.map((message) => ({ message, subject: `table ${table.family} ${TABLE}` }));
  });
  return [
    { send: { protocol: NETLINK_ROUTE, messages: routing, tolerate: ["EEXIST"] } },
    { send: { protocol: NETLINK_NETFILTER, messages: firewall } },
  ];
}
