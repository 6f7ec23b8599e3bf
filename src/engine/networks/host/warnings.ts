// What of the host keeps containers from what their networks promise, for `info`.
import { KernelError } from "../../../base/errors.ts";
import { NETLINK_NETFILTER } from "../../../kernel/netlink/message.ts";
import { chainsOf, type KnownChain, listRequest } from "../../../kernel/netlink/nftables/dumps.ts";
import { dumpNetlink } from "../../../kernel/state/networks/work.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import type { Engine } from "../../engine.ts";
import { uplinkProblem } from "../rootless/uplink.ts";

/** Sentences; none where all is well, or where the caller may not look. */
export function networkWarnings(engine: Engine): readonly string[] {
  if (!engine.runtime.facts().rootless) return droppingChains(readChains(engine), engineTag(engine.root));
  const problem = uplinkProblem();
  return problem === undefined ? [] : [`there is no way out of networks: ${problem}`];
}

function readChains({ runtime }: Engine): readonly KnownChain[] {
  try {
    return chainsOf(dumpNetlink(runtime, { protocol: NETLINK_NETFILTER, request: listRequest("chains", "unspecified") }));
  } catch (error) {
    if (error instanceof KernelError) return [];
    throw error;
  }
}

/** docker's table has a chain for others, where our bridges are let through. */
export function droppingChains(chains: readonly KnownChain[], own: string): string[] {
  const hasDoor = ({ family, name }: KnownChain) =>
    chains.some((other) => other.family === family && other.name === name && other.chain === "DOCKER-USER");
  return chains
    .filter((chain) => chain.base?.hook === "forward" && chain.base.policy === "drop" && chain.name !== own && !hasDoor(chain))
    .map(
      ({ family, name, chain }) =>
        `the host's firewall drops what is forwarded (policy of chain ${chain} of table ${family} ${name}): it needs rules that let the bridges of networks through`,
    );
}
