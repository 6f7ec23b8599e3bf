// The part of teu's configuration about base images that are made here: which mirror of a distribution's archive they are made from.
import { optional, record, string, where } from "../json/shape.ts";
import { closed, readValue } from "./read-value.ts";

export interface BootstrapConfig {
  /** By distribution; what `bootstrap:debian/bookworm?mirror=…` says wins. */
  readonly mirrors: Readonly<Record<string, string>>;
}

interface Given {
  readonly mirrors?: Readonly<Record<string, string>>;
}

const address = where(string, (text) => /^https?:\/\//.test(text) && URL.canParse(text), "must be an http or https address");

const shape = closed<Given>({ mirrors: optional(record(address)) });

/** Reads `bootstrap: { mirrors: { debian: URL } }`. @throws InvalidInputError with every problem and its field */
export function parseBootstrapConfig(value: unknown): BootstrapConfig {
  if (value === undefined || value === null) return { mirrors: {} };
  const { mirrors = {} } = readValue(value, { subject: "the configuration of bootstrap", shape });
  return { mirrors };
}
