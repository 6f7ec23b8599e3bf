// Base chains of the packet filter with how many rules behind each drop or reject: what of others' rules a packet may be stopped by.
import type { KnownChain, KnownRule } from "../../kernel/netlink/nftables/dumps.ts";
import { verdictOf } from "../../kernel/netlink/nftables/dumps.ts";
import { NFTA_IMMEDIATE } from "../../kernel/netlink/nftables/numbers.ts";
import type { TracedChain } from "./facts.ts";

/** What a rule does at its end; maps of verdicts are not looked into. */
function endOf({ expressions }: KnownRule): { readonly drops: boolean; readonly to?: string } {
  for (const { name, attributes } of expressions) {
    if (name === "reject") return { drops: true };
    if (name !== "immediate") continue;
    const verdict = verdictOf(attributes.nested(NFTA_IMMEDIATE.DATA));
    if (verdict === "drop") return { drops: true };
    if (typeof verdict === "object") return { drops: false, to: "jump" in verdict ? verdict.jump : verdict.goto };
  }
  return { drops: false };
}

/** @param ours whether a table is this engine's */
export function tracedChains(
  chains: readonly KnownChain[],
  rules: readonly KnownRule[],
  ours: (table: string) => boolean,
): readonly TracedChain[] {
  const key = ({ family, name }: KnownChain | KnownRule, chain: string) => `${family} ${name} ${chain}`;
  const byChain = Map.groupBy(rules, (rule) => key(rule, rule.chain));
  const count = (chain: KnownChain): number => {
    const seen = new Set<string>();
    let drops = 0;
    const visit = (at: string) => {
      if (seen.has(at)) return;
      seen.add(at);
      for (const rule of byChain.get(at) ?? []) {
        const end = endOf(rule);
        if (end.drops) drops++;
        if (end.to !== undefined) visit(key(rule, end.to));
      }
    };
    visit(key(chain, chain.chain));
    return drops;
  };
  return chains
    .flatMap((chain) => {
      const { base, family, name: table } = chain;
      if (base === undefined) return [];
      const { hook, priority, policy = "accept" } = base;
      return [{ family, table, chain: chain.chain, hook, priority, policy, ours: ours(table), drops: count(chain) }];
    })
    .toSorted((a, b) => a.priority - b.priority);
}
