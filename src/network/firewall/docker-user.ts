// docker drops what is forwarded and not its own (policy DROP of FORWARD). It leaves a chain to others, DOCKER-USER, where what comes from and goes to our
// bridges is let through: our own tables have decided about it. The rules are what iptables makes of `-i BRIDGE -j ACCEPT`, so that iptables can show them.

import type { KnownChain, KnownRule } from "../../kernel/netlink/nftables/dumps.ts";
import { counter, verdict } from "../../kernel/netlink/nftables/expressions.ts";
import { interfaceIs } from "../../kernel/netlink/nftables/matches.ts";
import { addRule, type Chain, removeRule } from "../../kernel/netlink/nftables/messages.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import type { Family } from "../address/address.ts";
import { linkAlias } from "../drivers/names.ts";
import type { Network } from "../model/network.ts";
import { FAMILY } from "./shapes.ts";

/** What there is of docker's: the chains of a family, and the rules of its table. */
export interface DockerFilter {
  readonly chains: readonly KnownChain[];
  readonly rules: readonly KnownRule[];
}

export const DOCKER_TABLE = "filter";

/** None where docker is not there, or they are there already. */
export function dockerUserRules(tag: string, family: Family, network: Network, there: DockerFilter): Described[] {
  const { interface: name = "", id } = network;
  const isThere = there.chains.some((one) => one.name === DOCKER_TABLE && one.chain === CHAIN);
  if (!isThere || ownRules(tag, id, there).length > 0) return [];
  return (["iifname", "oifname"] as const).map((which) => ({
    message: addRule(dockerChain(family), [...interfaceIs(which, name), counter(), verdict("accept")], {
      comment: linkAlias(tag, id),
      first: true,
    }),
    subject: `rule for ${name} in ${CHAIN}`,
  }));
}

export function removeDockerUserRules(tag: string, { id }: Pick<Network, "id">, there: DockerFilter): Described[] {
  return ownRules(tag, id, there).map((rule) => ({ message: removeRule(rule, rule.handle), subject: `rule in ${CHAIN}` }));
}

function ownRules(tag: string, id: string, { rules }: DockerFilter): KnownRule[] {
  return rules.filter(({ chain, comment }) => chain === CHAIN && comment === linkAlias(tag, id));
}

const CHAIN = "DOCKER-USER";

function dockerChain(family: Family): Chain {
  return { family: FAMILY[family].table, name: DOCKER_TABLE, chain: CHAIN };
}
