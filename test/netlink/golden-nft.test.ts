// Our batches beside those of nft(8) for the same tables, field by field. The table as in golden.test.ts.
import { expect } from "bun:test";
import { batch } from "../../src/kernel/netlink/nftables/messages.ts";
import { requires } from "../support/requires.ts";
import { Allowance } from "./allowed.ts";
import { captured } from "./capture.ts";
import type { Seen } from "./fields.ts";
import { NFT_CASES } from "./nft-cases.ts";
import { GATE_INDEX } from "./nft-rules.ts";

const { test } = requires("root", "ip", "nft", "strace");

const allowance = new Allowance([
  { test: /^tables/, path: /^flags$/, why: "the kernel makes a table with or without NLM_F_CREATE; ours says what it means" },
  {
    test: /^set (ports|pairs|detours)/,
    path: /^\/13$/,
    why: "nft adds which words a type was written in, which it does not need to show it",
  },
  { test: /^elements/, path: /^\/4$/, why: "NFTA_SET_ELEM_LIST_SET_ID is for sets without a name" },
  { test: /^elements/, path: /^\/3\/(1#1|2)(\/|$)/, why: "nft numbers the elements of a list; the kernel counts them itself" },
  { test: /@/, path: /^\/4\/1#\d+\/2\/4$/, why: "NFTA_LOOKUP_SET_ID is for sets without a name" },
  { test: /socket/, path: /^\/4\/1\/2\/3$/, why: "NFTA_SOCKET_LEVEL is for cgroups, of which there are several above a socket" },
  { test: /&/, path: /^\/4\/1#1\/2\/6$/, why: "NFTA_BITWISE_OP: without it a mask is meant, and older kernels know nothing else" },
  { test: /redirect/, path: /^\/4\/1#5\/2\/3$/, why: "NFTA_REDIR_FLAGS: the kernel sees by itself that a port is given" },
]);

/** NFT_MSG_GET…, which come in threes with NEW and DEL; the numbers of generations, and what asks for flow tables and hooks. */
const GETS = new Set([1, 4, 7, 10, 13, 16, 19, 23].map((type) => 0x0a00 | type));
const asks = ({ type }: Seen) => GETS.has(type) || (type !== 0x10 && type !== 0x11 && type >> 8 !== 0x0a);

for (const { name, before, text, ours } of NFT_CASES) {
  test(name, async () => {
    const setup = [
      `ip link add name gate0 index ${GATE_INDEX} type veth peer name gate1`,
      ...(before === undefined ? [] : [`nft '${before}'`]),
    ];
    const theirs = await captured(`nft '${text}'`, { setup, asks });
    const mine = batch(ours);
    expect(theirs.map(({ type }) => type)).toEqual(mine.map(({ type }) => type));
    expect(allowance.refused(name, mine, theirs)).toEqual([]);
  });
}

test("every difference that is allowed is there", () => expect(allowance.unneeded()).toEqual([]));
