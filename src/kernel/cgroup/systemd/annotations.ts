// `org.systemd.property.<Name>` annotations: properties of the scope from the container's configuration, as runc and crun
// take them. Values are GVariant text.
import { InvalidInputError, type Problem, TeuError } from "../../../base/errors.ts";
import type { Variant } from "./dbus/signature.ts";
import { parseGVariant } from "./gvariant.ts";
import type { UnitProperty } from "./scope.ts";

const PREFIX = "org.systemd.property.";

/**
 * The properties that the annotations name. One that ends in `Sec` is given in seconds, while the bus knows microseconds
 * by the name in `USec`.
 * @throws InvalidInputError with every annotation that is not valid
 */
export function annotatedProperties(annotations: Readonly<Record<string, string>> | undefined): UnitProperty[] {
  const problems: Problem[] = [];
  const properties: UnitProperty[] = [];
  for (const [key, text] of Object.entries(annotations ?? {})) {
    if (!key.startsWith(PREFIX)) continue;
    try {
      properties.push(property(key.slice(PREFIX.length), text));
    } catch (error) {
      if (!(error instanceof TeuError)) throw error;
      problems.push({ field: `annotations.${key}`, message: error.message });
    }
  }
  if (problems.length > 0) throw new InvalidInputError("the configuration", problems);
  return properties;
}

function property(name: string, text: string): UnitProperty {
  if (!/^[A-Za-z]{3,}$/.test(name)) throw new TeuError("invalid", `${JSON.stringify(name)} is not the name of a property`);
  const variant = parseGVariant(text);
  if (!name.endsWith("Sec") || name.endsWith("USec")) return { name, ...variant };
  return { name: `${name.slice(0, -"Sec".length)}USec`, signature: "t", value: microseconds(variant) };
}

function microseconds({ value }: Variant): bigint {
  if (typeof value === "bigint" && value >= 0n) return value * 1_000_000n;
  if (typeof value === "number" && value >= 0) return BigInt(Math.round(value * 1e6));
  throw new TeuError("invalid", "must be a number of seconds");
}
