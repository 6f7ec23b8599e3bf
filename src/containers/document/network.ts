// What a container is asked to have of networks. The drivers come with the network part; until then a container has a loopback, its host's
// network, or another container's.

export type NetworkMode =
  /** A namespace of its own with a loopback: `none`, and `private` without root. */
  | { readonly kind: "none" }
  | { readonly kind: "host" }
  /** The full id. */
  | { readonly kind: "container"; readonly id: string }
  /** `ns:PATH`. */
  | { readonly kind: "namespace"; readonly path: string };

export interface NetworkSettings {
  readonly mode: NetworkMode;
  /** `80/tcp`: the image's and those of `--expose`. */
  readonly exposed: readonly string[];
  readonly dns: readonly string[];
  readonly dnsSearch: readonly string[];
  readonly dnsOptions: readonly string[];
  /** `NAME:ADDRESS`. */
  readonly extraHosts: readonly string[];
}
