// Ends of cables that containers have left behind: a network namespace outlives its container where another has joined it, and the cable with it, with
// an address that the next container may be given.
import { readdirSync } from "node:fs";
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import type { Link } from "../../../kernel/netlink/rtnetlink/link-dump.ts";
import { removeLink } from "../../../kernel/netlink/rtnetlink/links.ts";
import { workOnNetwork } from "../../../kernel/state/networks/work.ts";
import { HOST_END, ownerOf } from "../../../network/drivers/names.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import { hostInterfaces } from "../../../network/state/endpoints.ts";
import type { Engine } from "../../engine.ts";
import { abandonedChanges } from "./changes.ts";
import { ownPlace } from "./namespace.ts";
import { readLinks } from "./place.ts";

/** A directory for each interface of this network namespace: nothing is asked of the kernel where there is none to look at. */
const INTERFACES = "/proc/sys/net/ipv4/conf";

/**
 * A cheap look for every command that lists containers; the kernel is asked for all that it has of ours only where something was found to be left.
 * @param killed a command was killed that was about to start a container
 */
export async function sweepLeft(engine: Engine, { killed }: { readonly killed: boolean }): Promise<void> {
  const links = strayCables(engine);
  if (links.length > 0) {
    const messages = links.map(({ name }) => ({ message: removeLink(name), subject: name }));
    const steps = [{ send: { protocol: NETLINK_ROUTE, messages, tolerate: ["ENODEV"] as const } }];
    workOnNetwork(engine.runtime, { doing: "remove what containers have left", steps });
  }
  const abandoned = abandonedChanges(engine);
  if (killed || abandoned.length > 0) await (await import("./sweep.ts")).sweepKernel(engine);
  for (const { container, forget } of abandoned) {
    await (await import("../containers/finish.ts")).finishChange(engine, container);
    forget();
  }
}

/** Of this engine alone: others' have another name in their aliases. An ordinary user's go with the user's namespace. */
function strayCables(engine: Engine): readonly Link[] {
  if (engine.runtime.facts().rootless) return [];
  const found = readdirSync(INTERFACES).filter((name) => HOST_END.test(name));
  if (found.length === 0) return [];
  const known = hostInterfaces(engine.state.rows); // read after: whoever makes a cable has its row before
  const left = new Set(found.filter((name) => !known.has(name)));
  if (left.size === 0) return [];
  const tag = engineTag(engine.root);
  return readLinks(engine, ownPlace()).filter(({ name, alias }) => left.has(name) && ownerOf(tag, alias) !== undefined);
}
