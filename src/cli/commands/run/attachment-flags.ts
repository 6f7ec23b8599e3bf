// Flags from before a container could have several networks (`--ip`, `--network-alias` …): they are about the first.
import type { NetworkMode } from "../../../containers/document/network.ts";
import type { Attachment } from "../../../network/model/endpoint.ts";
import type { Problems } from "../flag-problems.ts";
import { aliasOf } from "./network-mode.ts";
import { addressOf, macOf, rateOf } from "./network-values.ts";

/** What of the flags is about attachments. */
export interface AttachmentFlags {
  readonly ip?: string;
  readonly ip6?: string;
  readonly link?: readonly string[];
  readonly "mac-address"?: string;
  readonly "network-alias"?: readonly string[];
  readonly "network-rate"?: string;
}

/** docker's words for a mode that knows no such thing. */
const NOT_HERE = {
  ip: "user specified IP address is supported on user defined networks only",
  ip6: "user specified IP address is supported on user defined networks only",
  link: "links are only supported for user-defined networks",
  "mac-address": "conflicting options: mac-address and the network mode",
  "network-alias": "network-scoped aliases are only supported for user-defined networks",
  "network-rate": "conflicting options: a rate and the network mode",
} as const;

/** The field of an attachment that says the same, and docker's word for it. */
const FIELDS = [
  ["ip", "ipv4", "per-network IPv4 address"],
  ["ip6", "ipv6", "per-network IPv6 address"],
  ["mac-address", "mac", "per-network MAC address"],
  ["network-alias", "aliases", "per-network alias"],
] as const;

/** The mode with what these flags say. */
export function withOwnFlags(mode: NetworkMode, flags: AttachmentFlags, problems: Problems): NetworkMode {
  if (mode.kind !== "networks") {
    for (const name of Object.keys(NOT_HERE) as (keyof typeof NOT_HERE)[]) // the table's own
      if (flags[name] !== undefined) problems.refuse(`--${name}`, NOT_HERE[name]);
    return mode;
  }
  const [first, ...others] = mode.attachments;
  if (first === undefined) return mode;
  for (const [flag, field, word] of FIELDS)
    if (flags[flag] !== undefined && (first[field]?.length ?? 0) > 0)
      problems.refuse(`--${flag}`, `conflicting options: cannot specify both --${flag} and ${word}`);
  const rate = flags["network-rate"] === undefined ? undefined : rateOf(flags["network-rate"], problems);
  const attachments = [{ ...first, ...ownFields(flags, problems), ...aliasesAndLinks(first, flags, problems) }, ...others];
  return { ...mode, attachments: rate === undefined ? attachments : attachments.map((one) => ({ ...one, rate })) };
}

function ownFields(flags: AttachmentFlags, problems: Problems): Partial<Attachment> {
  const { ip, ip6, "mac-address": mac } = flags;
  const ipv4 = ip === undefined ? undefined : addressOf("--ip", ip, { family: 4, problems });
  const ipv6 = ip6 === undefined ? undefined : addressOf("--ip6", ip6, { family: 6, problems });
  const own = mac === undefined ? undefined : macOf("--mac-address", mac, problems);
  return {
    ...(ipv4 === undefined ? {} : { ipv4 }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
    ...(own === undefined ? {} : { mac: own }),
  };
}

function aliasesAndLinks(
  { aliases, links }: Attachment,
  flags: AttachmentFlags,
  problems: Problems,
): Pick<Attachment, "aliases" | "links"> {
  return {
    aliases: [...aliases, ...(flags["network-alias"] ?? []).flatMap((text) => aliasOf("--network-alias", text, problems))],
    links: [...links, ...(flags.link ?? []).flatMap((text) => linkOf("--link", text, problems))],
  };
}

/** `CONTAINER[:ALIAS]`; the alias is the container's name where none is given. */
export function linkOf(flag: string, text: string, problems: Problems): Attachment["links"] {
  const [container = "", alias = container, ...more] = text.replace(/^\//, "").split(":");
  if (container === "" || more.length > 0) {
    problems.refuse(flag, `bad format for links: ${text}`);
    return [];
  }
  return aliasOf(flag, alias, problems).map((name) => ({ container, alias: name }));
}
