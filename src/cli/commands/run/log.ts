// Flags about where the program's output is kept.
import { parseSize } from "../../../base/units.ts";
import { DEFAULT_LOG, LOG_DRIVERS, type LogSettings } from "../../../containers/document/log.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";
import { readInteger } from "./values.ts";

// biome-ignore format: table
export const LOG_FLAGS = {
  "log-driver": { type: "string", value: "DRIVER", summary: "json-file (the default), local, journald or none" },
  "log-opt":    { type: "string", multiple: true, value: "NAME=VALUE", summary: "max-size, max-file, compress, mode, tag, labels, labels-regex, env or env-regex" },
} as const satisfies Flags;

type Driver = LogSettings["driver"];

const FILES: readonly Driver[] = ["json-file", "local"];
const KEPT: readonly Driver[] = ["json-file", "local", "journald"];

/** Options, and the drivers that have them. */
const OPTIONS: Readonly<Record<string, readonly Driver[]>> = {
  "max-size": FILES,
  "max-file": FILES,
  compress: FILES,
  mode: KEPT,
  tag: ["json-file", "journald"],
  labels: ["json-file", "journald"],
  "labels-regex": ["json-file", "journald"],
  env: ["json-file", "journald"],
  "env-regex": ["json-file", "journald"],
};

const FLAG = "--log-opt";

export function logOf(flags: FlagValues<typeof LOG_FLAGS>, problems: Problems): LogSettings {
  const word = flags["log-driver"] ?? "";
  const driver = LOG_DRIVERS.find((known) => known === (word === "" ? DEFAULT_LOG.driver : word));
  if (driver === undefined) problems.refuse("--log-driver", `${word} is none of ${LOG_DRIVERS.join(", ")}`);
  const options = Object.fromEntries((flags["log-opt"] ?? []).flatMap((text) => optionOf(text, driver ?? DEFAULT_LOG.driver, problems)));
  const { "max-size": size, "max-file": files, compress, mode } = options;
  if (mode !== undefined && mode !== "blocking")
    problems.refuse(FLAG, `mode=${mode}: output is never dropped: a program that writes faster than its log waits, which is mode=blocking`);
  if (compress !== undefined && compress !== "true" && compress !== "false")
    problems.refuse(FLAG, `compress is true or false, not ${JSON.stringify(compress)}`);
  for (const name of ["labels-regex", "env-regex"]) {
    const pattern = options[name];
    if (pattern !== undefined && !isPattern(pattern)) problems.refuse(FLAG, `${name}=${pattern} is no regular expression`);
  }
  const maxSize = size === undefined || size === "-1" ? 0 : problems.take(`${FLAG} max-size`, () => parseSize(size));
  const maxFiles = readInteger(`${FLAG} max-file`, files, { min: 1, max: 1000 }, problems);
  return {
    driver: driver ?? DEFAULT_LOG.driver,
    maxSize: size === undefined ? DEFAULT_LOG.maxSize : (maxSize ?? DEFAULT_LOG.maxSize),
    maxFiles: maxFiles ?? DEFAULT_LOG.maxFiles,
    compress: compress === undefined ? DEFAULT_LOG.compress : compress === "true",
    options,
  };
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}

function optionOf(text: string, driver: Driver, problems: Problems): [name: string, value: string][] {
  const at = text.indexOf("=");
  const name = at < 0 ? text : text.slice(0, at);
  const drivers = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
  if (at < 1) problems.refuse(FLAG, `${JSON.stringify(text)} is not NAME=VALUE`);
  else if (drivers === undefined) problems.refuse(FLAG, `unknown log opt '${name}': there are ${Object.keys(OPTIONS).join(", ")}`);
  else if (!drivers.includes(driver)) problems.refuse(FLAG, `unknown log opt '${name}' for ${driver} log driver`);
  else return [[name, text.slice(at + 1)]];
  return [];
}
