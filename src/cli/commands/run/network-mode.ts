// The texts of `--network`: docker's (`NAME`, `name=NAME,ip=…`) and podman's (`NAME:ip=…`, `A,B`). Networks and containers go by what people call
// them until somebody looks them up.
import type { NetworkMode } from "../../../containers/document/network.ts";
import type { Attachment } from "../../../network/model/endpoint.ts";
import { newInterfaceFault } from "../../../network/model/interface-name.ts";
import { DEFAULT_NETWORK } from "../../../network/model/network.ts";
import { slirpAsPasta } from "../../../network/rootless/slirp-mode.ts";
import type { Problems } from "../flag-problems.ts";
import { fieldsOf } from "./csv.ts";
import { addressOf, macOf } from "./network-values.ts";

type Single = Exclude<NetworkMode, { readonly kind: "networks" }>;

/** The network goes by its name: who looks it up puts its id. */
export function attachmentTo(name: string): Attachment {
  return { network: "", name, aliases: [], links: [], priority: 0, options: {} };
}

const FLAG = "--network";

/** The mode that all values of the flag are together. */
export function networkMode(texts: readonly string[], problems: Problems): NetworkMode {
  const found = texts.flatMap((text) => readOne(text, problems));
  const attachments = found.flatMap((one) => ("kind" in one ? [] : [one]));
  const single = found.find((one) => "kind" in one);
  if (single === undefined) return { kind: "networks", attachments: withoutTwins(attachments, problems) };
  if (found.length > 1) problems.refuse(FLAG, "conflicting options: cannot attach both user-defined and non-user-defined network-modes");
  return single;
}

function withoutTwins(attachments: readonly Attachment[], problems: Problems): readonly Attachment[] {
  for (const [index, { name }] of attachments.entries())
    if (attachments.findIndex((other) => other.name === name) !== index)
      problems.refuse(FLAG, `network ${JSON.stringify(name)} is specified multiple times`);
  return attachments;
}

function readOne(text: string, problems: Problems): readonly (Single | Attachment)[] {
  const single = singleMode(text, problems);
  if (single !== undefined) return [single];
  if (text === "") problems.refuse(FLAG, "no name set for network");
  if (/^[\w-]+=/.test(text)) return [read("", text)];
  const [, name = "", fields] = /^([^:]+):(.*=.*)$/s.exec(text) ?? [];
  if (fields !== undefined) return [read(name, fields)];
  if (/[\s:=/]/.test(text))
    problems.refuse(FLAG, `${JSON.stringify(text)} is no network: none, host, container:NAME, ns:PATH or a network's name`);
  return text.split(",").map((one) => attachmentTo(networkName(one)));

  function read(target: string, words: string): Attachment {
    return readFields(attachmentTo(target), { words: problems.take(FLAG, () => fieldsOf(words)) ?? [], problems, flag: FLAG });
  }
}

/** docker's words for the network that containers have who ask for none. */
function networkName(text: string): string {
  return text === "default" ? DEFAULT_NETWORK : text;
}

function singleMode(text: string, problems: Problems): Single | undefined {
  if (text === "none" || text === "host") return { kind: text };
  const at = text.indexOf(":");
  const [kind, rest] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  switch (kind) {
    case "private":
      return { kind: "private", options: [] };
    case "pasta":
    case "slirp4netns": {
      const options = rest === "" ? [] : rest.split(",");
      if (kind === "slirp4netns") problems.take(FLAG, () => slirpAsPasta(options));
      return { kind: "private", by: kind, options };
    }
    case "container":
      if (rest === "") problems.refuse(FLAG, "container:NAME names the container whose network it shares");
      return { kind: "container", id: rest };
    case "ns":
      if (!rest.startsWith("/")) problems.refuse(FLAG, `${rest} is not the absolute path of a network namespace`);
      return { kind: "namespace", path: rest };
    default:
      return undefined;
  }
}

interface Reading {
  readonly words: readonly string[];
  readonly problems: Problems;
  readonly flag: string;
}

/** docker's option of a driver that names the interface. */
const INTERFACE_OPTION = "com.docker.network.endpoint.ifname";

/** `name=a`, `ip=10.0.0.2` … each a field. */
export function readFields(begun: Attachment, { words, problems, flag }: Reading): Attachment {
  let made = begun;
  for (const word of words) {
    const at = word.indexOf("=");
    const [key, value] = [word.slice(0, Math.max(at, 0)).trim().toLowerCase(), word.slice(at + 1).trim()];
    if (at < 1) problems.refuse(flag, `invalid field ${word}`);
    else made = { ...made, ...field(key, value, made, { problems, flag }) };
  }
  if (made.name === "") problems.refuse(flag, "network name/id is not specified");
  return made;
}

function field(
  key: string,
  value: string,
  { aliases, options }: Attachment,
  { problems, flag }: Omit<Reading, "words">,
): Partial<Attachment> {
  switch (key) {
    case "name":
      return { name: networkName(value) };
    case "alias":
      return { aliases: [...aliases, ...aliasOf(flag, value, problems)] };
    case "ip":
      return given("ipv4", addressOf(flag, value, { family: 4, problems }));
    case "ip6":
      return given("ipv6", addressOf(flag, value, { family: 6, problems }));
    case "mac":
    case "mac-address":
      return given("mac", macOf(flag, value, problems));
    case "interface_name":
    case "interface-name":
      return given("interface", interfaceOf(flag, value, problems));
    case "gw-priority":
      if (/^-?\d{1,9}$/.test(value)) return { priority: Number(value) };
      problems.refuse(flag, `invalid gw-priority: ${JSON.stringify(value)} is not a whole number`);
      return {};
    case "driver-opt": {
      const [, name = "", text = ""] = /^([^=]+)=(.*)$/s.exec(value) ?? [];
      if (name === "") problems.refuse(flag, "invalid key value pair format in driver options");
      if (name === INTERFACE_OPTION)
        return { options: { ...options, [name]: text }, ...given("interface", interfaceOf(flag, text, problems)) };
      return { options: { ...options, [name]: text } };
    }
    default:
      problems.refuse(flag, key === "link-local-ip" ? `link-local-ip: ${LINK_LOCAL}` : `invalid field key ${key}`);
      return {};
  }
}

/** Why docker's flag and field of this name are refused. */
export const LINK_LOCAL =
  "adds an address beside that of the network, which nobody reaches through it: the kernel gives each interface its link-local one";

function given<K extends keyof Attachment>(name: K, value: Attachment[K] | undefined): Partial<Attachment> {
  return value === undefined ? {} : { [name]: value };
}

const NAME = /^[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/i;

/** A name that a resolver can ask for. */
export function aliasOf(flag: string, text: string, problems: Problems): string[] {
  if (NAME.test(text)) return [text];
  problems.refuse(flag, `${JSON.stringify(text)} is not a name of a host`);
  return [];
}

/** `lo` is there already. */
function interfaceOf(flag: string, text: string, problems: Problems): string | undefined {
  const fault = text === "lo" ? "is every container's own loopback" : newInterfaceFault(text);
  if (fault === undefined) return text;
  problems.refuse(flag, `${JSON.stringify(text)} is no name of an interface: it ${fault}`);
  return undefined;
}
