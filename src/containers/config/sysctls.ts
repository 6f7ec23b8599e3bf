// `--sysctl` of a container: only what belongs to a namespace of its own; all else would be set for the whole host. Pure.
import { InvalidInputError } from "../../base/errors.ts";
import type { NamespaceType } from "../../spec/runtime/config.ts";
import { sysctlNamespace } from "../../spec/runtime/sysctl.ts";
import type { ContainerHost, ContainerOptions } from "./container-options.ts";

/**
 * docker's of a network namespace: any user may listen at any port, as there are no others' ports in it, and any group may ping. The range of groups
 * is refused where not all of them are mapped (net/ipv4/ping.c, ip_ping_group_range).
 */
export function networkSysctls(
  { network }: Pick<ContainerOptions, "network">,
  { idMaps }: Pick<ContainerHost, "idMaps">,
): Readonly<Record<string, string>> {
  if (network !== "own") return {};
  return { "net.ipv4.ip_unprivileged_port_start": "0", ...(idMaps === undefined ? { "net.ipv4.ping_group_range": "0 2147483647" } : {}) };
}

/** @throws InvalidInputError naming each that is its host's */
export function sysctlsOf(
  sysctl: Readonly<Record<string, string>>,
  own: ReadonlySet<NamespaceType>,
): { readonly sysctl?: Readonly<Record<string, string>> } {
  const problems = Object.keys(sysctl).flatMap((name) => {
    const type = sysctlNamespace(name);
    if (type !== undefined && own.has(type)) return [];
    const whose = type === undefined ? "is the whole host's" : `is not allowed in the host's ${type} namespace`;
    return [{ field: "--sysctl", message: `${name} ${whose}` }];
  });
  if (problems.length > 0) throw new InvalidInputError("the configuration of the container", problems);
  return Object.keys(sysctl).length === 0 ? {} : { sysctl };
}
