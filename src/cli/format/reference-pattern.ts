// `--filter reference=PATTERN` as docker means it: a pattern of a shell, of path.Match's kind (Go, package path): `*` and `?` stop at a slash.
import { familiarName, formatFamiliar, type ImageReference } from "../../spec/distribution/reference.ts";
import { UsageError } from "../flag-values.ts";

const PART = /\[(\^?)((?:\\.|[^\]\\])+)\]|\\(.)|([*?])|([^*?[\\]+)|(.)/gsu;
const ESCAPED = /[.*+?^${}()|[\]\\/-]/g;

/** @throws UsageError for a pattern with a bracket that is not closed. */
export function patternOf(text: string): RegExp {
  const source = [...text.matchAll(PART)].map(([, not, set, escaped, wild, plain, other]) => {
    if (set !== undefined) return `[${not}${set.replaceAll(/[\\[\]^](?!.)|(?<!\\)[[\]^]/g, "\\$&")}]`;
    if (wild !== undefined) return wild === "*" ? "[^/]*" : "[^/]";
    if (other !== undefined) throw new UsageError(`--filter: syntax error in pattern ${JSON.stringify(text)}`);
    return (escaped ?? plain ?? "").replaceAll(ESCAPED, "\\$&");
  });
  try {
    return new RegExp(`^${source.join("")}$`, "s");
  } catch {
    throw new UsageError(`--filter: syntax error in pattern ${JSON.stringify(text)}`);
  }
}

/** Whether a pattern fits a name as people see it, whole or without its tag and digest. */
export function fitsPattern(pattern: RegExp, reference: ImageReference): boolean {
  return pattern.test(formatFamiliar(reference)) || pattern.test(familiarName(reference));
}
