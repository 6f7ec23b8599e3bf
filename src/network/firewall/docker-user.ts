// docker drops what is forwarded and not its own (policy DROP of FORWARD). It leaves a chain to others, DOCKER-USER, where what comes from and goes to our
// bridges is let through: our own tables have decided about it. The rules are what iptables makes of `-i BRIDGE -j ACCEPT`, so that iptables can show them.
import { counter, verdict } from "../../kernel/netlink/nftables/expressions.ts";
import { interfaceIs } from "../../kernel/netlink/nftables/matches.ts";
import { addRule, type Chain } from "../../kernel/netlink/nftables/messages.ts";
import type { Described } from "../../kernel/netlink/wiring.ts";
import type { Family } from "../address/address.ts";
import { linkAlias } from "../drivers/names.ts";
import type { Network } from "../model/network.ts";
import { FAMILY } from "./shapes.ts";

/** ENOENT where docker is not there. */
export function dockerUserRules(tag: string, family: Family, { interface: name = "", id }: Network): Described[] {
  const chain = dockerChain(family);
  const comment = linkAlias(tag, id);
  return (["iifname", "oifname"] as const).map((which) => ({
    message: addRule(chain, [...interfaceIs(which, name), counter(), verdict("accept")], { comment, first: true }),
    subject: `rule for ${name} in DOCKER-USER`,
  }));
}

export function dockerChain(family: Family): Chain {
  return { family: FAMILY[family].table, name: "filter", chain: "DOCKER-USER" };
}
