// What of /proc and /sys a container does not see, or does not change: docker's lists, `--security-opt` mask=, unmask= and systempaths=. Pure.
import type { EngineDefaults } from "../../spec/runtime/default.ts";
import type { IsolationOptions } from "./isolation.ts";

export interface Masks {
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
}

export function masksOf(
  { privileged, mask = [], unmask = [] }: IsolationOptions,
  { maskedPaths, readonlyPaths }: Pick<EngineDefaults, "maskedPaths" | "readonlyPaths">,
): Masks {
  const all = privileged === true || unmask.includes("ALL");
  const shown = unmask.map(pattern);
  const kept = (paths: readonly string[]) => (all ? [] : paths.filter((path) => !shown.some((one) => one.test(path))));
  return { maskedPaths: [...kept(maskedPaths), ...mask], readonlyPaths: kept(readonlyPaths) };
}

/** podman's: `*` and `?` stand for what is in one name. */
function pattern(text: string): RegExp {
  const escaped = text.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", "[^/]*").replaceAll("?", "[^/]")}$`);
}
