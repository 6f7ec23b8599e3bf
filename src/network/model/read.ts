// A network as it was stored: whether it is whole enough to be used.
import { TeuError } from "../../base/errors.ts";
import { ByKind, flawIn, type Model, oneOf } from "../../base/stored-value.ts";
import { addressBytes } from "../address/address.ts";
import { DRIVERS, type Network } from "./network.ts";

const PREFIX = /^[\da-f.:]+\/\d{1,3}$/;

const NETWORK: Model = {
  id: /^[0-9a-f]{64}$/,
  name: /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/,
  created: /^\d{4}-/,
  driver: oneOf(DRIVERS),
  subnets: [{ prefix: PREFIX, reserved: {} }],
  internal: false,
  attachable: false,
  isolated: false,
  names: false,
  masquerade: false,
  publish: oneOf(["filtered", "direct"]),
  options: {},
  labels: {},
};

const SETTINGS = new ByKind({
  macvlan: { mode: "" },
  ipvlan: { mode: "" },
  vxlan: { vni: 0, port: 0, local: "" },
  cni: { conflist: "", path: [""] },
});

/** @throws TeuError `unsupported` for one of another version, `internal` for one that is none, or not whole */
export function readNetwork(text: string, id: string): Network {
  let value: Partial<Network> | null;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(id, "it is no JSON", cause);
  }
  if (typeof value?.version === "number" && value.version !== 1)
    throw new TeuError("unsupported", `read network ${id}: it was written by another version of teu`);
  const flaw = value?.version === 1 ? flawOf(value) : "version";
  if (flaw !== undefined) throw damaged(id, `its field ${flaw} is missing, or not what it must be`);
  if (value?.id !== id) throw damaged(id, "it is that of another network");
  return value as Network; // looked at wherever something relies on it
}

function flawOf(value: Partial<Network>): string | undefined {
  const flaw = flawIn(value, NETWORK) ?? (value.settings === undefined ? undefined : flawIn(value.settings, SETTINGS));
  if (flaw !== undefined) return flaw;
  const wrong = (value.subnets ?? []).findIndex(({ prefix, gateway, range, reserved }) => {
    const addresses = [...[prefix, range].map((text) => text?.replace(/\/\d+$/, "")), gateway, ...Object.values(reserved)];
    return addresses.some((text) => text !== undefined && addressBytes(text) === undefined);
  });
  return wrong < 0 ? undefined : `subnets[${wrong}]`;
}

function damaged(id: string, why: string, cause?: unknown): TeuError {
  const advice = "take it away with: teu system check --repair";
  return new TeuError("internal", `read network ${id}: it is damaged: ${why}; ${advice}`, { cause });
}
