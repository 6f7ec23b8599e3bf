// The networks that every engine has and nobody removes. `none` and `host` have no rows: there is nothing to know of them but their names.
import { DEFAULT_NETWORK } from "../../../network/model/network.ts";

export interface PredefinedNetwork {
  readonly id: string;
  readonly name: "none" | "host";
  /** docker's words. */
  readonly driver: "null" | "host";
}

const predefined = (name: PredefinedNetwork["name"], driver: PredefinedNetwork["driver"]): PredefinedNetwork => ({
  id: new Bun.CryptoHasher("sha256").update(`teu network ${name}`).digest("hex"),
  name,
  driver,
});

export const PREDEFINED: readonly PredefinedNetwork[] = [predefined("host", "host"), predefined("none", "null")];

/** When they were made, as docker shows it: Go's zero time. */
export const BEFORE_ALL = "0001-01-01T00:00:00Z";

/** By its name, its id, or a beginning of that. */
export function findPredefined(text: string): PredefinedNetwork | undefined {
  return (
    PREDEFINED.find(({ name }) => name === text) ??
    (/^[0-9a-f]{12,}$/.test(text) ? PREDEFINED.find(({ id }) => id.startsWith(text)) : undefined)
  );
}

/** docker's words. */
export const HOST_STAYS = "container cannot be disconnected from host network or connected to host network";

/** Whether a name is that of a network that stays. */
export function isPredefined(name: string): boolean {
  return name === DEFAULT_NETWORK || PREDEFINED.some((network) => network.name === name);
}
