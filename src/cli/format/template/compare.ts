// eq and lt of a template, with the kinds of values that Go compares.
import { printValue } from "./print-value.ts";
import { kindOf, numberOf, typeNameOf, type Value } from "./values.ts";

export const compare = {
  /** Whether the first is any of the others. @throws Error in Go's words. */
  eq(first: Value, others: readonly Value[]): boolean {
    if (others.length === 0) throw new Error("missing argument for comparison");
    return others.some((other) => same(first, other));
  },

  /** @throws Error in Go's words */
  lt(a: Value, b: Value): boolean {
    const [kind, other] = [kindOf(a), kindOf(b)];
    if (!ORDERED.includes(kind) || !ORDERED.includes(other)) throw new Error("invalid type for comparison");
    if (kind !== other) throw incompatible(a, b);
    if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
    if (typeof a === "bigint" || typeof b === "bigint") return (a as bigint) < (b as bigint);
    return (numberOf(a) ?? 0) < (numberOf(b) ?? 0);
  },
};

const ORDERED: readonly string[] = ["int", "float64", "string"];
const COMPARED: readonly string[] = [...ORDERED, "bool"];

function incompatible(a: Value, b: Value): Error {
  return new Error(`incompatible types for comparison: ${typeNameOf(a)} and ${typeNameOf(b)}`);
}

function same(a: Value, b: Value): boolean {
  const [kind, other] = [kindOf(a), kindOf(b)];
  if (kind === "nil" || other === "nil") return kind === other;
  for (const value of [a, b])
    if (!COMPARED.includes(kindOf(value))) throw new Error(`non-comparable type ${printValue(value, { verb: "s" })}: ${typeNameOf(value)}`);
  if (kind !== other) throw incompatible(a, b);
  if (kind === "int") return BigInt(a as number | bigint) === BigInt(b as number | bigint);
  return kind === "float64" ? numberOf(a) === numberOf(b) : a === b;
}
