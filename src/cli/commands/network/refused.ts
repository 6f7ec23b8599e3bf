// Flags of docker's and podman's `network create` that are refused, all or but for one word, and why.
import { InvalidInputError } from "../../../base/errors.ts";
import type { Flag } from "../../command.ts";

interface Refusal {
  readonly type: "boolean" | "string" | "pairs";
  /** Values that ask for what is so anyway. */
  readonly fine?: readonly string[];
  readonly why: string;
}

const SWARM = "is for networks of a swarm";

const REASONS = {
  "config-from": { type: "string", why: "takes a network that is a configuration, of which teu has none: write its flags here" },
  "config-only": { type: "boolean", why: "makes a configuration and no network: write its flags where a network is made" },
  dns: { type: "string", why: "names that teu does not know are asked of the host's servers: give --dns to the container" },
  ingress: { type: "boolean", why: SWARM },
  "ipam-driver": {
    type: "string",
    fine: ["default", "host-local"],
    why: "addresses are given by teu alone; -d cni has plugins of its own for that",
  },
  "ipam-opt": { type: "pairs", why: "there is no driver of addresses that has options" },
  route: { type: "string", why: "containers have the routes of their subnets and a default route" },
  scope: { type: "string", fine: ["local"], why: SWARM },
} as const satisfies Readonly<Record<string, Refusal>>;

type Name = keyof typeof REASONS;

const NAMES = Object.keys(REASONS) as Name[]; // the keys of the table above

/** As the command declares them. */
export const REFUSED = Object.fromEntries(
  NAMES.map((name) => [name, { type: REASONS[name].type, summary: `Not supported: ${REASONS[name].why}` }]),
) as { readonly [K in Name]: Flag & { readonly type: (typeof REASONS)[K]["type"] } }; // the same keys

/** @throws InvalidInputError with every one that was given */
export function refuseOthers(flags: Readonly<Record<string, unknown>>): void {
  const problems = NAMES.flatMap((name) => {
    const { fine = [], why }: Refusal = REASONS[name];
    const value = flags[name];
    return value === undefined || value === false || fine.some((word) => word === value) ? [] : [{ field: `--${name}`, message: why }];
  });
  if (problems.length > 0) throw new InvalidInputError("the network", problems);
}
