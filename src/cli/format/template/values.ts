// The values that a template sees: plain data, and structures, which know their fields. What they are called, and when they are true.

/** A number that is a float64 to Go although it is whole: `1.0`. Numbers of data are int when they are whole. */
export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

type Methods = Readonly<Record<string, (argument: string) => Value>>;

/** What has exactly its fields: another one is an error, where a map has no value. Fields are computed when they are asked for. */
export class Structure {
  /** What Go's error calls it. */
  readonly typeName: string;
  readonly #fields: ReadonlyMap<string, () => Value>;
  readonly #methods: Methods;

  constructor(typeName: string, fields: ReadonlyMap<string, () => Value>, methods: Methods = {}) {
    this.typeName = typeName;
    this.#fields = fields;
    this.#methods = methods;
  }

  /** What takes a text, as docker's `.Label "x"`. */
  method(name: string): ((argument: string) => Value) | undefined {
    return Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined;
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  field(name: string): Value {
    return this.#fields.get(name)?.();
  }

  /** Names and values, as declared. */
  entries(): (readonly [string, Value])[] {
    return [...this.#fields].map(([name, value]) => [name, value()]);
  }
}

/** null is nil; undefined is what a map does not have. */
export type Value =
  | null
  | undefined
  | boolean
  | number
  | bigint
  | string
  | Float
  | Structure
  | readonly Value[]
  | { readonly [name: string]: Value };

export type Kind = "nil" | "bool" | "int" | "float64" | "string" | "slice" | "map" | "struct";

export function kindOf(value: Value): Kind {
  switch (typeof value) {
    case "boolean":
      return "bool";
    case "number":
      return Number.isSafeInteger(value) ? "int" : "float64";
    case "bigint":
      return "int";
    case "string":
      return "string";
    default:
      if (value === null || value === undefined) return "nil";
      if (value instanceof Float) return "float64";
      if (value instanceof Structure) return "struct";
      return Array.isArray(value) ? "slice" : "map";
  }
}

const TYPE_NAMES: Readonly<Record<Kind, string>> = {
  nil: "<nil>",
  bool: "bool",
  int: "int",
  float64: "float64",
  string: "string",
  slice: "[]interface {}",
  map: "map[string]interface {}",
  struct: "struct",
};

/** The type's name as Go says it. */
export function typeNameOf(value: Value): string {
  return value instanceof Structure ? value.typeName : TYPE_NAMES[kindOf(value)];
}

/** Empty values are false: false, 0, nil, and strings, lists and maps without anything in them. */
export function isTrue(value: Value): boolean {
  if (value instanceof Float) return value.value !== 0;
  if (value instanceof Structure) return true;
  if (Array.isArray(value)) return value.length > 0;
  if (isMap(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

export function isMap(value: Value): value is { readonly [name: string]: Value } {
  return kindOf(value) === "map";
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** The number in a value; undefined for what is none. */
export function numberOf(value: Value): number | undefined {
  if (value instanceof Float) return value.value;
  return typeof value === "number" ? value : typeof value === "bigint" ? Number(value) : undefined;
}

/** Keys of a map in the order in which Go walks and prints them: by their bytes. */
export function sortedKeys(map: { readonly [name: string]: Value }): string[] {
  return Object.keys(map).toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

type Fields = { readonly [name: string]: Value };

/** A Go slice, and a map, that was never made: empty to a template, null in JSON. */
export const NIL_LIST: readonly Value[] = Object.freeze([]);
export const NIL_MAP: Fields = Object.freeze({});

/** A map that has more fields to those who ask for them by name: like those that Go's JSON leaves out, nobody sees them who prints or walks it. */
export function withHidden(map: { readonly [name: string]: Value }, hidden: { readonly [name: string]: Value }): Value {
  const whole = { ...map };
  for (const [name, value] of Object.entries(hidden)) if (!Object.hasOwn(map, name)) Object.defineProperty(whole, name, { value });
  return whole;
}

/** A value of a map by key; undefined when it is not the map's own. */
export function lookUp(map: { readonly [name: string]: Value }, key: string): Value {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
