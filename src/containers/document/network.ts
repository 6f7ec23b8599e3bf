// What a container is asked to have of networks.
import type { Attachment } from "../../network/model/endpoint.ts";
import type { PortRequest } from "../../network/model/port.ts";

export type NetworkMode =
  /** A namespace of its own with a loopback. */
  | { readonly kind: "none" }
  | { readonly kind: "host" }
  /** At least one; `connect` and `disconnect` change them. */
  | { readonly kind: "networks"; readonly attachments: readonly Attachment[] }
  /** Without root: a namespace of its own, joined to the host by a program. Which one is looked for where none is named. */
  | { readonly kind: "private"; readonly by?: "pasta" | "slirp4netns"; readonly options: readonly string[] }
  /** The full id. */
  | { readonly kind: "container"; readonly id: string }
  /** `ns:PATH`. */
  | { readonly kind: "namespace"; readonly path: string };

/** In place of an address of `extraHosts`: the host's, as the container reaches it. */
export const HOST_GATEWAY = "host-gateway";

export interface NetworkSettings {
  readonly mode: NetworkMode;
  /** `80/tcp`: the image's and those of `--expose`. */
  readonly exposed: readonly string[];
  readonly ports: readonly PortRequest[];
  /** `-P`: every exposed port that is not published by name, at a free port. */
  readonly publishAll: boolean;
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** `NAME:ADDRESS`; the address may be HOST_GATEWAY. */
  readonly extraHosts: readonly string[];
}

/** Whether its network namespace is made, and connected by CNI plugins, before the container. */
export function isMadeByCni(mode: NetworkMode): boolean {
  return mode.kind === "networks" && mode.attachments.some(({ cni }) => cni === true);
}

/** Whether ports can lead to it: docker shows none of a container that has a loopback alone, or another's network. */
export function hasPorts({ mode: { kind } }: Pick<NetworkSettings, "mode">): boolean {
  return kind === "networks" || kind === "private";
}

/** Whether the container has a network namespace that no other had before. */
export function hasOwnNetwork({ mode: { kind } }: Pick<NetworkSettings, "mode">): boolean {
  return kind === "none" || kind === "networks" || kind === "private";
}
