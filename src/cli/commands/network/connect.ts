// `teu network connect`, as docker has it.
import { findContainer } from "../../../engine/containers/find.ts";
import { connectContainer } from "../../../engine/networks/containers/connect.ts";
import { findOrMakeNetwork } from "../../../engine/networks/objects/find.ts";
import type { Attachment } from "../../../network/model/endpoint.ts";
import { command, type FlagValues } from "../../command.ts";
import { engineOf } from "../../engine.ts";
import { Problems } from "../flag-problems.ts";
import { linkOf } from "../run/attachment-flags.ts";
import { attachmentTo, LINK_LOCAL, readFields } from "../run/network-mode.ts";

// biome-ignore format: table
const FLAGS = {
  alias:           { type: "string", multiple: true, value: "NAME", summary: "Another name of it in this network" },
  "driver-opt":    { type: "string", multiple: true, value: "NAME=VALUE", summary: "An option of the network's driver" },
  "gw-priority":   { type: "string", value: "N", summary: "Of its networks the one with the highest has the default route" },
  ip:              { type: "string", value: "ADDRESS", summary: "Its IPv4 address" },
  ip6:             { type: "string", value: "ADDRESS", summary: "Its IPv6 address" },
  link:            { type: "string", multiple: true, value: "CONTAINER[:ALIAS]", summary: "Reach another container by this name" },
  "link-local-ip": { type: "string", multiple: true, value: "ADDRESS", summary: `Not supported: ${LINK_LOCAL}` },
  "mac-address":   { type: "string", value: "MAC", summary: "The hardware address of its interface" },
} as const;

export default command({
  name: "network connect",
  summary: "Connect a container to a network",
  usage: "[flags] NETWORK CONTAINER",
  flags: FLAGS,
  args: { min: 2, max: 2, completes: "connections" },
  failed: 1,
  examples: ["teu network connect --alias db web postgres"],
  async run({ flags, args: [name = "", container = ""], context }) {
    const engine = engineOf(context);
    const asked = attachmentOf(flags, name, (text) => findContainer(engine, text).id);
    const row = findContainer(engine, container);
    await connectContainer(engine, row, await findOrMakeNetwork(engine, name), asked);
    return 0;
  },
});

const FIELDS = ["alias", "driver-opt", "gw-priority", "ip", "ip6", "mac-address"] as const;

/** @param idOf of a container that is linked to */
function attachmentOf(flags: FlagValues<typeof FLAGS>, name: string, idOf: (text: string) => string): Attachment {
  const problems = new Problems();
  let made = attachmentTo(name);
  for (const field of FIELDS)
    for (const value of [flags[field] ?? []].flat())
      made = readFields(made, { words: [`${field}=${value}`], problems, flag: `--${field}` });
  if (flags["link-local-ip"] !== undefined) problems.refuse("--link-local-ip", LINK_LOCAL);
  const links = (flags.link ?? []).flatMap((text) => linkOf("--link", text, problems));
  problems.conclude();
  return { ...made, links: links.map(({ container, alias }) => ({ container: idOf(container), alias })) };
}
