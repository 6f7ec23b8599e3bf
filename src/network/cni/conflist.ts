// A network configuration list: SPEC.md of CNI, section 1. What is a plugin's own is kept as it was written; what is the protocol's is checked.
import { TeuError } from "../../base/errors.ts";
import { readJson } from "../../spec/json/read.ts";
import { anyString, array, boolean, object, optional, record, type Shape, string } from "../../spec/json/shape.ts";
import type { Trail } from "../../spec/json/trail.ts";
import { isJsonObject, type JsonObject, jsonObject } from "./json-value.ts";
import { nameFlaw, typeFlaw } from "./names.ts";
import { type CniVersion, newestOf, VERSIONS } from "./versions.ts";

export interface ConfigurationList {
  readonly name: string;
  /** The newest of those that it names and we speak. */
  readonly version: CniVersion;
  readonly disableCheck: boolean;
  readonly disableGc: boolean;
  readonly plugins: readonly PluginConfiguration[];
}

export interface PluginConfiguration {
  /** The name of its program. */
  readonly type: string;
  /** What it takes of the container's own wishes: `portMappings`, `ips` … */
  readonly capabilities: readonly string[];
  /** All of it, as it was written. */
  readonly fields: JsonObject;
}

interface Given {
  readonly name: string;
  readonly cniVersion?: string;
  readonly cniVersions?: readonly string[];
  readonly disableCheck?: boolean;
  readonly disableGC?: boolean;
  readonly loadOnlyInlinedPlugins?: boolean;
  readonly plugins?: readonly PluginConfiguration[];
}

interface GivenPlugin {
  readonly type: string;
  readonly capabilities?: Readonly<Record<string, boolean>>;
}

/** Kept for us to fill in ("Reserved keys"). */
const RESERVED = ["runtimeConfig", "prevResult"];
const RESERVED_PREFIX = "cni.dev/";

const known = object<GivenPlugin>({ type: string, capabilities: optional(record(boolean)) });

const plugin: Shape<PluginConfiguration> = (value, trail) => {
  const fields = jsonObject(value, trail);
  const found = fields && known(fields, trail);
  if (fields === undefined || found?.type === undefined) return undefined;
  const wrong = typeFlaw(found.type);
  if (wrong !== undefined) trail.refuse(wrong, "type");
  for (const key of Object.keys(fields))
    if (RESERVED.includes(key) || key.startsWith(RESERVED_PREFIX)) trail.refuse("is filled in by the runtime", key);
  const capabilities = Object.entries(found.capabilities ?? {}).flatMap(([name, takes]) => (takes ? [name] : []));
  return { type: found.type, capabilities, fields };
};

const list: Shape<Given> = object<Given>({
  name: anyString,
  cniVersion: optional(string),
  cniVersions: optional(array(string)),
  disableCheck: optional(boolean),
  disableGC: optional(boolean),
  loadOnlyInlinedPlugins: optional(boolean),
  plugins: optional(array(plugin)),
});

/** A list; the configuration of a single plugin, which versions before 1.0 allow in its place, is a list of that one. */
const listOrPlugin: Shape<Given> = (value, trail) => {
  if (!isJsonObject(value) || value.plugins !== undefined || value.type === undefined) return list(value, trail);
  const one = plugin(value, trail);
  const rest = list(value, trail);
  return one === undefined || rest === undefined ? undefined : { ...rest, plugins: [one] };
};

function offeredBy({ cniVersion, cniVersions = [] }: Given): readonly string[] {
  return cniVersion === undefined ? cniVersions : [cniVersion, ...cniVersions];
}

function check(given: Given, trail: Trail): void {
  const wrong = given.name === undefined ? undefined : nameFlaw(given.name);
  if (wrong !== undefined) trail.refuse(wrong, "name");
  const offered = offeredBy(given);
  if (offered.length === 0) trail.refuse("is required", "cniVersion");
  else if (newestOf(offered) === undefined)
    trail.refuse(`${offered.join(", ")}: none of these is spoken here, only ${VERSIONS.join(", ")}`, "cniVersion");
  if (trail.refusals === 0 && (given.plugins ?? []).length === 0) trail.refuse("must have at least one", "plugins");
}

/**
 * Reads the text of a configuration list.
 * @param subject what it is, for messages: its path
 * @throws InvalidInputError with every problem and its field
 */
export function parseConflist(text: string, subject: string): ConfigurationList {
  const { value } = readJson(text, { subject, shape: listOrPlugin, check });
  const version = newestOf(offeredBy(value));
  if (version === undefined) throw new TeuError("internal", `${subject}: no version was chosen`);
  return {
    name: value.name,
    version,
    disableCheck: value.disableCheck ?? false,
    disableGc: value.disableGC ?? false,
    plugins: value.plugins ?? [],
  };
}
