import { expect, test } from "bun:test";
import type { KnownChain } from "../../../kernel/netlink/nftables/dumps.ts";
import { droppingChains } from "./warnings.ts";

function chain(name: string, chain: string, policy?: "accept" | "drop", hook: "forward" | "input" = "forward"): KnownChain {
  const base = policy === undefined ? {} : { base: { type: "filter" as const, hook, priority: 0, policy } };
  return { family: "ip", name, chain, handle: 1n, ...base };
}

// biome-ignore format: table
const ROWS: readonly (readonly [what: string, chains: readonly KnownChain[], count: number])[] = [
  ["a policy that drops",                     [chain("filter", "FORWARD", "drop")],                                 1],
  ["one that does not",                       [chain("filter", "FORWARD", "accept")],                               0],
  ["of another hook",                         [chain("filter", "INPUT", "drop", "input")],                          0],
  ["this engine's own",                       [chain("teu", "forward", "drop")],                                    0],
  ["docker's, which has a door for others",   [chain("filter", "FORWARD", "drop"), chain("filter", "DOCKER-USER")], 0],
  ["another table's beside docker's",         [chain("fw", "forward", "drop"), chain("filter", "DOCKER-USER")],     1],
];

test.each(ROWS)("warns of %s", (_, chains, count) => expect(droppingChains(chains, "teu")).toHaveLength(count));
