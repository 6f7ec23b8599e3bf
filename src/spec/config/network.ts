// The part of teu's configuration about networks: which one containers get that ask for none, and where subnets come from that nobody names.
import { array, integer, optional, string, where } from "../json/shape.ts";
import { closed, readValue } from "./read-value.ts";

export interface NetworkConfig {
  /** What `--network` would say. */
  readonly default?: string;
  /** In order; in the place of the pools that teu has of the families that are here. */
  readonly pools: readonly NetworkPool[];
}

/** docker's default-address-pools. */
export interface NetworkPool {
  /** `10.200.0.0/16`. */
  readonly base: string;
  /** How long the prefix of each network is. */
  readonly size: number;
}

interface Given {
  readonly default?: string;
  readonly pools?: readonly NetworkPool[];
}

const prefix = where(string, (text) => /^[\da-fA-F.:]+\/\d{1,3}$/.test(text), "must be a network, such as 10.200.0.0/16");

const shape = closed<Given>({
  default: optional(where(string, (text) => text !== "", "must be a network or a mode, such as bridge or none")),
  pools: optional(array(closed<NetworkPool>({ base: prefix, size: integer(1, 126) }))),
});

/** Reads `network: { default, pools: [{ base, size }] }`. @throws InvalidInputError with every problem and its field */
export function parseNetworkConfig(value: unknown): NetworkConfig {
  if (value === undefined || value === null) return { pools: [] };
  const { pools = [], ...rest } = readValue(value, { subject: "the configuration of network", shape });
  return { ...rest, pools };
}
