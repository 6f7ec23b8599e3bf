// Port 53 of a gateway may be taken by a program that listens on all addresses (dnsmasq, bind). The name server then listens on another port of the
// gateway, and our table leads what containers ask there, as it leads published ports to containers.
import { NETLINK_NETFILTER } from "../../kernel/netlink/message.ts";
import type { Described } from "../../kernel/netlink/wiring/wiring.ts";
import { sendNetlink } from "../../kernel/state/networks/work.ts";
import { parseAddress } from "../../network/address/address.ts";
import { type PortTarget, portElements, removePortElements } from "../../network/firewall/elements.ts";
import { engineTag } from "../../network/model/engine-tag.ts";
import type { Engine } from "../engine.ts";
import { type Listened, readStatus } from "./status.ts";

/** RFC 1035 section 4.2. */
export const DNS_PORT = 53;

export interface Redirects {
  /** @throws KernelError where our table is not there */
  begin(where: Listened): void;
  end(where: Listened): void;
}

/** Elements of our table, for where the name server does not listen on its own port. */
export function redirectTargets(status: readonly Listened[]): PortTarget[] {
  return status.flatMap(({ address: text, port: target }) => {
    if (target === undefined || target === DNS_PORT) return [];
    const address = parseAddress(text, "dns.json");
    const endpoint = text.includes(":") ? { ipv6: address } : { ipv4: address };
    const network = { publish: "direct" } as const; // for containers alone: nothing of it is let in from outside
    return (["udp", "tcp"] as const).map((protocol) => ({ port: { address, port: DNS_PORT, target, protocol }, network, endpoint }));
  });
}

/** Of a name server that has been killed there may be some. */
export function openRedirects(engine: Engine): Redirects {
  const tag = engineTag(engine.root);
  const send = (messages: readonly Described[], tolerate: readonly "ENOENT"[] = []) =>
    sendNetlink(engine.runtime, { protocol: NETLINK_NETFILTER, messages, tolerate, doing: "lead questions for names to another port" });
  const redirects: Redirects = {
    begin: (where) => send(portElements(tag, redirectTargets([where]))),
    end: (where) => send(removePortElements(tag, redirectTargets([where])), ["ENOENT"]),
  };
  for (const where of readStatus(engine.runRoot).listened) redirects.end(where);
  return redirects;
}
