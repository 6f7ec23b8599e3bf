// What a plugin is given: its configuration with what the runtime adds, and its environment (SPEC.md of CNI, sections 2 and 3: "Deriving request
// configuration from plugin configuration"). Pure.
import { TeuError } from "../../base/errors.ts";
import { writeJson } from "../../spec/json/write.ts";
import type { ConfigurationList, PluginConfiguration } from "./conflist.ts";
import type { JsonObject } from "./json-value.ts";
import { interfaceFlaw, nameFlaw } from "./names.ts";

export type Command = "ADD" | "DEL" | "CHECK" | "GC" | "STATUS" | "VERSION";

/** One interface of one container in one network. */
export interface CniAttachment {
  readonly containerId: string;
  /** Path of the container's network namespace; at DEL it may be gone. */
  readonly namespace?: string;
  /** Inside. */
  readonly interface: string;
  /** CNI_ARGS. */
  readonly args: readonly (readonly [string, string])[];
  readonly capabilities: CapabilityArguments;
}

/** Wishes of a container that a plugin takes which says so in its `capabilities` (CONVENTIONS.md, "Well-known Capabilities"). */
export interface CapabilityArguments {
  readonly portMappings?: readonly PortMapping[];
  /** With or without the length of a prefix. */
  readonly ips?: readonly string[];
  readonly mac?: string;
  readonly aliases?: readonly string[];
  readonly dns?: { readonly servers: readonly string[]; readonly searches: readonly string[]; readonly options: readonly string[] };
  readonly bandwidth?: Bandwidth;
  readonly cgroupPath?: string;
}

export interface PortMapping {
  readonly hostPort: number;
  readonly containerPort: number;
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly hostIP?: string;
}

/** Bits a second and bits. */
export interface Bandwidth {
  readonly ingressRate?: number;
  readonly ingressBurst?: number;
  readonly egressRate?: number;
  readonly egressBurst?: number;
}

/** An attachment that GC is to leave alone. */
export interface ValidAttachment {
  readonly containerID: string;
  readonly ifname: string;
}

export interface RequestParts {
  readonly capabilities?: CapabilityArguments;
  readonly previous?: JsonObject | undefined;
  readonly valid?: readonly ValidAttachment[];
}

/** The text that a plugin reads from its standard input. */
export function requestText({ name, version }: ConfigurationList, plugin: PluginConfiguration, parts: RequestParts): string {
  const { capabilities: _, ...fields } = plugin.fields;
  const wishes = Object.entries(parts.capabilities ?? {}).filter(([key]) => plugin.capabilities.includes(key));
  return writeJson({
    ...fields,
    cniVersion: version,
    name,
    ...(wishes.length === 0 ? {} : { runtimeConfig: Object.fromEntries(wishes) }),
    ...(parts.previous === undefined ? {} : { prevResult: parts.previous }),
    ...(parts.valid === undefined ? {} : { "cni.dev/valid-attachments": parts.valid }),
  });
}

/** Plugins run iptables, nft and other programs of the host's. */
const PROGRAMS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The whole environment of a plugin. @throws TeuError `invalid` for what cannot stand in it */
export function environmentOf(command: Command, path: readonly string[], attachment?: CniAttachment): Readonly<Record<string, string>> {
  const environment = { PATH: PROGRAMS, CNI_COMMAND: command, CNI_PATH: path.join(":") };
  if (attachment === undefined) return environment;
  const { containerId, namespace, interface: name, args } = attachment;
  const flaw = nameFlaw(containerId) ?? interfaceFlaw(name) ?? args.map(argumentFlaw).find((one) => one !== undefined);
  if (flaw !== undefined) throw new TeuError("invalid", `CNI ${command}: ${flaw}`);
  return {
    ...environment,
    CNI_CONTAINERID: containerId,
    CNI_NETNS: namespace ?? "",
    CNI_IFNAME: name,
    CNI_ARGS: args.map(([key, value]) => `${key}=${value}`).join(";"),
  };
}

function argumentFlaw([key, value]: readonly [string, string]): string | undefined {
  return key !== "" && !/[;=\0]/.test(key) && !/[;\0]/.test(value)
    ? undefined
    : `argument ${JSON.stringify(`${key}=${value}`)} holds ";" or "="`;
}

/** Wishes that no plugin of the chain takes: they would be lost without a word. */
export function unmetWishes({ plugins }: ConfigurationList, wishes: CapabilityArguments): string[] {
  return Object.entries(wishes)
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .flatMap(([key]) => (plugins.some(({ capabilities }) => capabilities.includes(key)) ? [] : [key]));
}
