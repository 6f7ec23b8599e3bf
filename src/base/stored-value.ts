// Whether a value that this program has stored, as JSON, is whole enough to be used. What is looked at is what readers rely on: that fields which
// must be there are, and are of their kind. Values of others, of which anything may be expected, are read by shapes (spec/json/shape.ts).

/** An example of the value: of an object each field must be there, of a list each item must be like its first; a pattern is a string's. */
export type Model = string | number | boolean | RegExp | readonly Model[] | ByKind | { readonly [field: string]: Model };

/** What else a value with such a `kind` has. */
export class ByKind {
  constructor(readonly models: Readonly<Record<string, Model>>) {}
}

/** A string that is one of these words. */
export const oneOf = (words: readonly string[]): RegExp => new RegExp(`^(${words.join("|")})$`);

/** Where a value is not what its model says (`options.args`); undefined for one that is whole. */
export function flawIn(value: unknown, model: Model): string | undefined {
  return flaw(value, model, "");
}

function flaw(value: unknown, model: Model, at: string): string | undefined {
  if (model instanceof RegExp) return typeof value === "string" && model.test(value) ? undefined : at;
  if (typeof model !== "object") return typeof value === typeof model ? undefined : at;
  if (Array.isArray(model)) {
    if (!Array.isArray(value)) return at;
    const [item] = model;
    return item === undefined ? undefined : firstOf(value.entries(), ([index, one]) => flaw(one, item, `${at}[${index}]`));
  }
  if (!isObject(value)) return at;
  const inner = (field: string) => (at === "" ? field : `${at}.${field}`);
  if (model instanceof ByKind) {
    const more = typeof value.kind === "string" && Object.hasOwn(model.models, value.kind) ? model.models[value.kind] : undefined;
    return more === undefined ? inner("kind") : flaw(value, more, at);
  }
  return firstOf(Object.entries(model), ([field, expected]) => flaw(value[field], expected, inner(field)));
}

function firstOf<T>(items: Iterable<T>, look: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
