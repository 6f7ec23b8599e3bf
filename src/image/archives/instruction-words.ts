// Words of an instruction, as Dockerfiles have them: quotes, backslashes, and variables from the image's environment. Dockerfile
// reference, "Environment replacement". Bounded by the text: a variable's value is not read again.
import { InvalidInputError } from "../../base/errors.ts";

export type Environment = (name: string) => string | undefined;

const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?::([-+])([^{}$]*))?\})/y;

function refuse(text: string, message: string): never {
  throw new InvalidInputError(JSON.stringify(text.slice(0, 200)), [{ field: "quoting", message }]);
}

/** The value of a variable at `at`, and where the text goes on; undefined where the dollar is one. */
function expand(text: string, at: number, environment: Environment): { readonly value: string; readonly next: number } | undefined {
  VARIABLE.lastIndex = at;
  const found = VARIABLE.exec(text);
  if (found === null) return undefined;
  const [whole, plain, braced, operator, other = ""] = found;
  const value = environment(plain ?? braced ?? "") ?? "";
  const next = at + whole.length;
  if (operator === "-") return { value: value === "" ? other : value, next };
  if (operator === "+") return { value: value === "" ? "" : other, next };
  return { value, next };
}

/**
 * Splits a text at white space outside of quotes, takes the quotes off, and puts variables in.
 * @throws InvalidInputError where a quote has no end.
 */
export function splitWords(text: string, environment: Environment): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < text.length; ) {
    const char = text.charAt(at);
    const isEscape = char === "\\" && quote !== "'" && at + 1 < text.length && (quote === "" || '"\\$'.includes(text.charAt(at + 1)));
    const variable = char === "$" && quote !== "'" ? expand(text, at, environment) : undefined;
    if (isEscape) {
      word = (word ?? "") + text.charAt(at + 1);
      at += 2;
    } else if (variable !== undefined) {
      word = (word ?? "") + variable.value;
      at = variable.next;
    } else {
      if (quote === "" && /\s/.test(char)) {
        if (word !== undefined) words.push(word);
        word = undefined;
      } else if (quote === "" && (char === '"' || char === "'")) {
        quote = char;
        word ??= "";
      } else if (char === quote) {
        quote = "";
      } else {
        word = (word ?? "") + char;
      }
      at++;
    }
  }
  if (quote !== "") refuse(text, `the quote ${quote} has no end`);
  if (word !== undefined) words.push(word);
  return words;
}
