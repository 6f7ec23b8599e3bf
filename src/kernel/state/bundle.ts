// A bundle: config.json and the root file system that it names (runtime-spec bundle.md).
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { errnoPhrase } from "../../base/errno.ts";
import { InvalidInputError, TeuError } from "../../base/errors.ts";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import { parseConfig } from "../../spec/runtime/parse.ts";
import type { RuntimeContext } from "./context.ts";

/** A configuration with where it came from. */
export interface Bundle {
  readonly path: string;
  readonly config: RuntimeConfig;
  /** config.json as it was read; its copy in the state directory is what later verbs go by. */
  readonly text: string;
}

/** Reads and checks a bundle's config.json. @throws InvalidInputError with all its problems; TeuError `not-found` */
export function readBundle(context: RuntimeContext, path: string): Bundle {
  const bundle = resolve(path);
  let text: string;
  try {
    text = readFileSync(join(bundle, "config.json"), "utf8");
  } catch (cause) {
    throw new TeuError("not-found", `read the bundle ${bundle}: config.json: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  return { path: bundle, config: checkConfig(context, text), text };
}

function checkConfig(context: RuntimeContext, text: string): RuntimeConfig {
  const { config, warnings } = parseConfig(text);
  for (const { field, message } of warnings) context.warn(`${field}: ${message}`);
  return config;
}

/** What lies at an absolute path of the host. */
export function sourceKind(path: string): "directory" | "file" | "missing" {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "missing" : stats.isDirectory() ? "directory" : "file";
}

/** The absolute path of the root file system. @throws InvalidInputError when it is not a directory */
export function rootfsOf({ path, config }: Bundle): string {
  const rootfs = resolve(path, config.root.path);
  if (sourceKind(rootfs) !== "directory") {
    throw new InvalidInputError("config.json", [{ field: "root.path", message: `${rootfs} is not a directory: ${errnoPhrase(2)}` }]);
  }
  return rootfs;
}

/** The configuration that a container was created with, from its state directory. */
export function readConfigCopy(dir: string): RuntimeConfig {
  return parseConfig(readFileSync(join(dir, "config.json"))).config;
}
