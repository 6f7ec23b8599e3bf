// A container that is about to start is connected to its networks.
import type { ContainerDocument } from "../../containers/document/document.ts";
import type { Wiring } from "../../kernel/netlink/wiring.ts";
import type { Engine } from "../engine.ts";
import type { Claimed } from "./claim.ts";

export async function attach(_engine: Engine, _document: ContainerDocument, _claimed?: Claimed): Promise<Wiring> {
  return { host: [], firewall: [], firewallAnew: [], inside: [], hold: [] };
}
