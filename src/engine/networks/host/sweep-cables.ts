// Ends of cables that containers have left behind: a network namespace outlives its container where another has joined it, and the cable with it, with
// an address that the next container may be given.
import { readdirSync } from "node:fs";
import { NETLINK_ROUTE } from "../../../kernel/netlink/message.ts";
import type { Link } from "../../../kernel/netlink/rtnetlink/link-dump.ts";
import { removeLink } from "../../../kernel/netlink/rtnetlink/links.ts";
import { HOST_END, ownerOf } from "../../../network/drivers/names.ts";
import { engineTag } from "../../../network/model/engine-tag.ts";
import { hostInterfaces } from "../../../network/state/endpoints.ts";
import type { Engine } from "../../engine.ts";
import { ownPlace } from "./namespace.ts";
import { carryOut, readLinks } from "./place.ts";

/** A directory for each interface of this network namespace: nothing is asked of the kernel where there is none to look at. */
const INTERFACES = "/proc/sys/net/ipv4/conf";

/** A look at a directory where there is nothing to do. @throws KernelError */
export function sweepCables(engine: Engine): void {
  const links = strayCables(engine);
  if (links.length === 0) return;
  const messages = links.map(({ name }) => ({ message: removeLink(name), subject: name }));
  carryOut(engine, ownPlace(), "remove what containers have left", [{ send: { protocol: NETLINK_ROUTE, messages, tolerate: ["ENODEV"] } }]);
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
