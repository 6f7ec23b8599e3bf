// A network for tests: a bridge with both families.
import type { IpAddress, Prefix } from "../address/address.ts";
import type { Network } from "./network.ts";

export const EXAMPLE_NETWORK_ID = "fedcba9876543210".repeat(4);

export function exampleNetwork(change: Partial<Network> = {}): Network {
  return {
    version: 1,
    id: EXAMPLE_NETWORK_ID,
    name: "front",
    created: "2026-01-02T03:04:05.678Z",
    driver: "bridge",
    subnets: [
      { prefix: "10.89.0.0/24" as Prefix, gateway: "10.89.0.1" as IpAddress, reserved: {} },
      { prefix: "fd00:1:2:3::/64" as Prefix, gateway: "fd00:1:2:3::1" as IpAddress, reserved: {} },
    ],
    internal: false,
    attachable: false,
    isolated: false,
    names: true,
    interface: "teufedcba98765",
    masquerade: true,
    publish: "filtered",
    options: {},
    labels: {},
    ...change,
  };
}
