// docker drops what is forwarded and not its own (policy DROP of FORWARD). It leaves a chain to others, DOCKER-USER, where what comes from and goes to our
// bridges is let through: our own tables have decided about it. The rules are what iptables makes of `-i BRIDGE -j ACCEPT`, so that iptables can show them.

import type { KnownRule } from "../../kernel/netlink/nftables/dumps.ts";
import { counter, verdict } from "../../kernel/netlink/nftables/expressions.ts";
import { interfaceIs } from "../../kernel/netlink/nftables/matches.ts";
import { addRule, type Chain, removeRule } from "../../kernel/netlink/nftables/messages.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import type { Family } from "../address/address.ts";
import { linkAlias } from "../drivers/names.ts";
import type { Network } from "../model/network.ts";
import { FAMILY } from "./shapes.ts";

/** ENOENT where docker is not there. @param there the rules that are there */
export function dockerUserRules(tag: string, family: Family, network: Network, there: readonly KnownRule[]): Described[] {
  const { interface: name = "", id } = network;
  if (ownRules(tag, id, there).length > 0) return [];
  return (["iifname", "oifname"] as const).map((which) => ({
    message: addRule(dockerChain(family), [...interfaceIs(which, name), counter(), verdict("accept")], {
      comment: linkAlias(tag, id),
      first: true,
    }),
    subject: `rule for ${name} in ${CHAIN}`,
  }));
}

export function removeDockerUserRules(tag: string, { id }: Pick<Network, "id">, there: readonly KnownRule[]): Described[] {
  return ownRules(tag, id, there).map((rule) => ({ message: removeRule(rule, rule.handle), subject: `rule in ${CHAIN}` }));
}

function ownRules(tag: string, id: string, there: readonly KnownRule[]): KnownRule[] {
  return there.filter(({ chain, comment }) => chain === CHAIN && comment === linkAlias(tag, id));
}

const CHAIN = "DOCKER-USER";

function dockerChain(family: Family): Chain {
  return { family: FAMILY[family].table, name: "filter", chain: CHAIN };
}
