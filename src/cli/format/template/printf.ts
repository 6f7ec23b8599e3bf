// fmt.Sprintf: verbs, flags, widths, and what it prints for verbs and values that do not go together.
import { type Format, printValue, wholeNumber } from "./print-value.ts";
import { typeNameOf, type Value } from "./values.ts";

const DIRECTIVE = /%([-+# 0]*)(\*|\d+)?(?:\.(\*|\d*))?(.)?/gsu;

/** Go's bound on widths and precisions. */
const MOST_WIDTH = 1_000_000;

/** `spend` is told how long each part of the result is, and throws when it has got too much. */
export function sprintf(format: string, values: readonly Value[], spend: (characters: number) => void): string {
  let next = 0;
  const take = (): { readonly value: Value } | undefined => (next < values.length ? { value: values[next++] } : undefined);
  const counted = (text: string): string => {
    spend(text.length);
    return text;
  };
  const text = format.replaceAll(DIRECTIVE, (_, flags: string, width?: string, precision?: string, verb?: string) => {
    const sizes = [size(width, take), size(precision === "" ? "0" : precision, take)] as const;
    if (sizes.includes("wrong")) return sizes[0] === "wrong" ? "%!(BADWIDTH)" : "%!(BADPREC)";
    if (verb === undefined) return "%!(NOVERB)";
    if (verb === "%") return "%";
    const given = take();
    if (given === undefined) return `%!${verb}(MISSING)`;
    const [wide, precise] = sizes;
    return counted(printValue(given.value, directive(verb, flags, { wide, precise })));
  });
  const extra = values
    .slice(next)
    .map((value) => counted(value === null || value === undefined ? "<nil>" : `${typeNameOf(value)}=${printValue(value)}`));
  return extra.length === 0 ? text : `${text}%!(EXTRA ${extra.join(", ")})`;
}

type Size = number | "wrong" | undefined;

/** A width or precision: digits, or `*`, which takes the next value. */
function size(text: string | undefined, take: () => { readonly value: Value } | undefined): Size {
  if (text === undefined) return undefined;
  const number = text === "*" ? wholeNumber(take()?.value) : Number(text);
  return number === undefined || Math.abs(number) > MOST_WIDTH ? "wrong" : number;
}

function directive(verb: string, flags: string, { wide, precise }: { readonly wide: Size; readonly precise: Size }): Format {
  const width = typeof wide === "number" ? wide : undefined;
  return {
    verb,
    plus: flags.includes("+"),
    minus: flags.includes("-") || (width ?? 0) < 0,
    sharp: flags.includes("#"),
    space: flags.includes(" "),
    zero: flags.includes("0"),
    ...(width === undefined ? {} : { width: Math.abs(width) }),
    ...(typeof precise === "number" && precise >= 0 ? { precision: precise } : {}),
  };
}
