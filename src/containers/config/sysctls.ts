// `--sysctl` of a container: only what belongs to a namespace of its own; all else would be set for the whole host. Pure.
import { InvalidInputError } from "../../base/errors.ts";
import type { NamespaceType } from "../../spec/runtime/config.ts";
import { sysctlNamespace } from "../../spec/runtime/sysctl.ts";

/** @throws InvalidInputError naming each that is its host's */
export function sysctlsOf(
  sysctl: Readonly<Record<string, string>> | undefined,
  own: ReadonlySet<NamespaceType>,
): { readonly sysctl?: Readonly<Record<string, string>> } {
  if (sysctl === undefined) return {};
  const problems = Object.keys(sysctl).flatMap((name) => {
    const type = sysctlNamespace(name);
    if (type !== undefined && own.has(type)) return [];
    const whose = type === undefined ? "is the whole host's" : `is not allowed in the host's ${type} namespace`;
    return [{ field: "--sysctl", message: `${name} ${whose}` }];
  });
  if (problems.length > 0) throw new InvalidInputError("the configuration of the container", problems);
  return { sysctl };
}
