// The namespaces of a container: its own, but for those that it shares with its host or with another container. Pure.
import type { Namespace, NamespaceType } from "../../spec/runtime/config.ts";
import type { ContainerHost, ContainerOptions } from "./container-options.ts";

/** In the order in which they are written; the user namespace is spoken of apart. */
// biome-ignore format: table
const SHARES: readonly { readonly type: NamespaceType; readonly isHosts: (options: ContainerOptions) => boolean }[] = [
  { type: "pid",     isHosts: ({ pid }) => pid === "host" },
  { type: "ipc",     isHosts: ({ ipc }) => ipc === "host" },
  { type: "uts",     isHosts: ({ uts }) => uts === "host" },
  { type: "mount",   isHosts: () => false },
  { type: "cgroup",  isHosts: ({ cgroupns }) => cgroupns === "host" },
  { type: "network", isHosts: ({ network }) => network === "host" },
];

export function namespacesOf(options: ContainerOptions, { idMaps, joined = {} }: ContainerHost): Namespace[] {
  const namespaces = SHARES.filter(({ isHosts }) => !isHosts(options)).map(({ type }) => at(type, joined[type]));
  return idMaps === undefined && joined.user === undefined ? namespaces : [...namespaces, at("user", joined.user)];
}

function at(type: NamespaceType, path: string | undefined): Namespace {
  return path === undefined ? { type } : { type, path };
}
