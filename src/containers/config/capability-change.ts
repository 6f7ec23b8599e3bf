// --cap-add and --cap-drop: names with or without CAP_, in any case, and `ALL`.
import { InvalidInputError } from "../../base/errors.ts";
import { CAPABILITY_NAMES } from "../../spec/runtime/names.ts";

/** Every capability there is. */
export const ALL_CAPABILITIES = "ALL";

const KNOWN: ReadonlySet<string> = new Set(CAPABILITY_NAMES);

/**
 * A capability as people write it: `net_raw`, `CAP_NET_RAW`, `all`.
 * @throws InvalidInputError for what is none
 */
export function parseCapability(text: string): string {
  const upper = text.toUpperCase();
  const name = upper === ALL_CAPABILITIES || upper.startsWith("CAP_") ? upper : `CAP_${upper}`;
  if (name === ALL_CAPABILITIES || KNOWN.has(name)) return name;
  throw new InvalidInputError("a capability", [{ field: "name", message: `${JSON.stringify(text)} is no capability` }]);
}

export interface CapabilityChange {
  /** Names that parseCapability gave. */
  readonly add: readonly string[];
  readonly drop: readonly string[];
  /** What the caller has to give. */
  readonly available: ReadonlySet<string>;
}

/**
 * The capabilities that are left: first those dropped go, then those added come (docker's order: `--cap-drop ALL --cap-add X` leaves X).
 * Of the defaults and of ALL nothing stays that the caller cannot give: only who names one is to hear that it cannot be had.
 */
export function capabilityChange(defaults: readonly string[], { add, drop, available }: CapabilityChange): string[] {
  const wanted = add.includes(ALL_CAPABILITIES) ? CAPABILITY_NAMES : defaults;
  const kept = drop.includes(ALL_CAPABILITIES) ? [] : wanted.filter((name) => available.has(name) && !drop.includes(name));
  return [...new Set([...kept, ...add.filter((name) => name !== ALL_CAPABILITIES)])];
}
