// A bundle: config.json and the root file system that it names (runtime-spec bundle.md).
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { errnoPhrase } from "../../base/errno.ts";
import { InvalidInputError } from "../../base/errors.ts";
import type { Mount, RuntimeConfig } from "../../spec/runtime/config.ts";
import { parseConfig } from "../../spec/runtime/parse.ts";
import type { BundleText } from "./bundle-text.ts";
import { HOST_LOOK, type SourceKind } from "./host-look.ts";

/** A configuration with where it came from. */
export interface Bundle {
  readonly path: string;
  readonly config: RuntimeConfig;
  /** config.json as it was read; its copy in the state directory is what later verbs go by. */
  readonly text: string;
  /** The mount that is the root in place of the directory `root.path`. */
  readonly rootMount?: Mount;
  /** What lies on the host only when the container is launched: mount sources that are made for it. */
  readonly making?: Readonly<Record<string, SourceKind>>;
  /** What is to be logged of it. */
  readonly warnings: readonly string[];
}

/** Checks the text of a bundle's config.json. @throws InvalidInputError with all its problems */
export function parseBundle({ path, text }: BundleText): Bundle {
  const { config, warnings } = parseConfig(text);
  return { path, config, text, warnings: warnings.map(({ field, message }) => `${field}: ${message}`) };
}

/** The absolute path of the root file system. @throws InvalidInputError when it is not a directory */
export function rootfsOf({ path, config }: Bundle): string {
  const rootfs = resolve(path, config.root.path);
  if (HOST_LOOK.sourceKind(rootfs) !== "directory") {
    throw new InvalidInputError("config.json", [{ field: "root.path", message: `${rootfs} is not a directory: ${errnoPhrase(2)}` }]);
  }
  return rootfs;
}

/** The configuration that a container was created with, from its state directory. */
export function readConfigCopy(dir: string): RuntimeConfig {
  return parseConfig(readFileSync(join(dir, "config.json"))).config;
}
