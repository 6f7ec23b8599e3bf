// `--mount type=TYPE,KEY=VALUE,…`: docker's long form. The keys are a table; a key that a type does not have is refused by name.
import { resolve } from "node:path";
import { randomId } from "../../../base/random-id.ts";
import { parseSize } from "../../../base/units.ts";
import type {
  BindRequest,
  ImageMountRequest,
  MountCommon,
  MountRequest,
  TmpfsRequest,
  VolumeRequest,
} from "../../../containers/document/mounts.ts";
import { parseVolumeName } from "../../../volumes/name.ts";
import { fieldsOf } from "./csv.ts";
import { asPropagation, destinationOf, refusal, subpathOf } from "./mount-values.ts";

const TYPES = ["bind", "volume", "tmpfs", "image"] as const;
type MountType = (typeof TYPES)[number];

/** Keys by the types that have them; `flag` keys may stand alone. Other spellings are in ALIASES. */
// biome-ignore format: table
const KEYS: Readonly<Record<string, { readonly types: readonly MountType[]; readonly flag?: true; readonly many?: true }>> = {
  type:                   { types: TYPES },
  source:                 { types: TYPES },
  target:                 { types: TYPES },
  readonly:               { types: TYPES, flag: true },
  consistency:            { types: TYPES },
  "bind-propagation":     { types: ["bind"] },
  "bind-nonrecursive":    { types: ["bind"], flag: true },
  "bind-recursive":       { types: ["bind"] },
  "bind-create-mountpoint": { types: ["bind"], flag: true },
  idmap:                  { types: ["bind"], flag: true },
  "volume-subpath":       { types: ["volume"] },
  "volume-nocopy":        { types: ["volume"], flag: true },
  "volume-label":         { types: ["volume"], many: true },
  "volume-driver":        { types: ["volume"] },
  "volume-opt":           { types: ["volume"], many: true },
  "tmpfs-size":           { types: ["tmpfs"] },
  "tmpfs-mode":           { types: ["tmpfs"] },
  "image-subpath":        { types: ["image"] },
};

const ALIASES: Readonly<Record<string, string>> = {
  src: "source",
  destination: "target",
  dst: "target",
  ro: "readonly",
  map: "idmap",
  "create-mountpoint": "bind-create-mountpoint",
  "bind-create-src": "bind-create-mountpoint",
  subpath: "volume-subpath",
};

type Values = ReadonlyMap<string, readonly string[]>;

/** @throws InvalidInputError */
export function parseMountFlag(text: string): MountRequest {
  const values = valuesOf(text);
  const type = typeOf(text, one(values, "type") ?? "volume");
  for (const key of values.keys()) {
    if (KEYS[key]?.types.includes(type) !== true) throw refusal(text, `${key} is not for mounts of type ${type}`);
  }
  const target = one(values, "target");
  if (!target) throw refusal(text, "target is required");
  const common: MountCommon = {
    destination: destinationOf(text, target),
    readonly: truth(text, values, "readonly"),
    from: `--mount ${text}`,
  };
  switch (type) {
    case "bind":
      return bindOf(text, values, common);
    case "volume":
      return volumeOf(text, values, common);
    case "tmpfs":
      return tmpfsOf(text, values, common);
    case "image":
      return imageOf(text, values, common);
  }
}

function valuesOf(text: string): Values {
  const values = new Map<string, readonly string[]>();
  for (const field of fieldsOf(text)) {
    const at = field.indexOf("=");
    const written = (at < 0 ? field : field.slice(0, at)).trim().toLowerCase();
    const key = ALIASES[written] ?? written;
    const known = KEYS[key];
    if (at < 0 && known?.flag !== true) throw refusal(text, `invalid field '${field}' must be a key=value pair`);
    if (known === undefined) throw refusal(text, `unexpected key '${written}' in '${field}'`);
    if (known.many !== true && values.has(key)) throw refusal(text, `${written} is given twice`);
    values.set(key, [...(values.get(key) ?? []), at < 0 ? "true" : field.slice(at + 1)]);
  }
  return values;
}

function typeOf(text: string, word: string): MountType {
  const type = TYPES.find((known) => known === word.toLowerCase());
  if (type === undefined) throw refusal(text, `invalid mount type ${JSON.stringify(word)}: there is ${TYPES.join(", ")}`);
  return type;
}

function one(values: Values, key: string): string | undefined {
  return values.get(key)?.[0];
}

/** strconv.ParseBool's words, as docker reads them. */
const TRUTHS: Readonly<Record<string, boolean>> = { "1": true, t: true, true: true, "0": false, f: false, false: false };

function truth(text: string, values: Values, key: string): boolean {
  const word = one(values, key);
  if (word === undefined) return false;
  const value = TRUTHS[word.toLowerCase()];
  if (value === undefined) throw refusal(text, `invalid value for ${key}: ${word} is neither true nor false`);
  return value;
}

function pairs(text: string, values: Values, key: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    (values.get(key) ?? []).map((pair) => {
      const at = pair.indexOf("=");
      if (at === 0 || pair === "") throw refusal(text, `${key}: ${JSON.stringify(pair)} has no name`);
      return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** docker's words of bind-recursive: what is mounted below comes too, and is as read-only as the mount (enabled), stays writable, must be read-only. */
const RECURSIVE = ["enabled", "disabled", "writable", "readonly"] as const;

function bindOf(text: string, values: Values, common: MountCommon): BindRequest {
  const source = one(values, "source");
  if (!source) throw refusal(text, 'invalid mount config for type "bind": field Source must not be empty');
  const word = one(values, "bind-propagation");
  const propagation = word === undefined ? undefined : asPropagation(word);
  if (word !== undefined && propagation === undefined) throw refusal(text, `invalid propagation mode: ${word}`);
  const recursive = one(values, "bind-recursive") ?? (truth(text, values, "bind-nonrecursive") ? "disabled" : "enabled");
  if (!RECURSIVE.some((known) => known === recursive))
    throw refusal(text, `invalid value for bind-recursive: ${recursive} (must be "enabled", "disabled", "writable", or "readonly")`);
  if ((recursive === "writable" || recursive === "readonly") && !common.readonly)
    throw refusal(text, `option 'bind-recursive=${recursive}' requires 'readonly' to be specified in conjunction`);
  if (recursive === "readonly" && propagation !== "rprivate")
    throw refusal(text, "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction");
  return {
    kind: "bind",
    ...common,
    source: resolve(source),
    create: truth(text, values, "bind-create-mountpoint"),
    ...(propagation === undefined ? {} : { propagation }),
    recursive: recursive !== "disabled",
    readonlyRecursive: recursive === "enabled" || recursive === "readonly",
    idmap: truth(text, values, "idmap"),
    options: [],
  };
}

function volumeOf(text: string, values: Values, common: MountCommon): VolumeRequest {
  const source = one(values, "source");
  const [driver, subpath] = [one(values, "volume-driver"), one(values, "volume-subpath")];
  if (subpath !== undefined && !source) throw refusal(text, "must not set Subpath when using anonymous volumes");
  return {
    kind: "volume",
    ...common,
    name: source ? nameOf(text, source) : randomId(),
    anonymous: !source,
    ...(driver === undefined ? {} : { driver }),
    driverOptions: pairs(text, values, "volume-opt"),
    labels: pairs(text, values, "volume-label"),
    copy: !truth(text, values, "volume-nocopy"),
    ...(subpath === undefined ? {} : { subpath: subpathOf(text, subpath) }),
    readonlyRecursive: true,
    options: [],
  };
}

function nameOf(text: string, name: string): string {
  try {
    return parseVolumeName(name);
  } catch (error) {
    throw refusal(text, `create ${name}: ${error instanceof Error ? error.message : error}`);
  }
}

function tmpfsOf(text: string, values: Values, common: MountCommon): TmpfsRequest {
  if (one(values, "source")) throw refusal(text, 'invalid mount config for type "tmpfs": field Source must not be specified');
  const [size, mode] = [one(values, "tmpfs-size"), one(values, "tmpfs-mode")];
  if (mode !== undefined && !/^[0-7]{1,5}$/.test(mode)) throw refusal(text, `invalid value for tmpfs-mode: ${mode} is not an octal mode`);
  return {
    kind: "tmpfs",
    ...common,
    options: [...(size === undefined ? [] : [`size=${parseSize(size)}`]), ...(mode === undefined ? [] : [`mode=${mode}`])],
  };
}

function imageOf(text: string, values: Values, common: MountCommon): ImageMountRequest {
  const [source, subpath] = [one(values, "source"), one(values, "image-subpath")];
  if (!source) throw refusal(text, 'invalid mount config for type "image": field Source must not be empty');
  if (values.has("readonly") && !common.readonly) throw refusal(text, "the files of an image are mounted read-only");
  return {
    kind: "image",
    ...common,
    readonly: true,
    name: source,
    layers: [],
    ...(subpath === undefined ? {} : { subpath: subpathOf(text, subpath) }),
  };
}
