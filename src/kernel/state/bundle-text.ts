// A bundle's config.json as it lies there, not yet looked into.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { reasonOf } from "../../base/file-errno.ts";

export interface BundleText {
  /** Absolute path of the bundle. */
  readonly path: string;
  readonly text: string;
}

/** @throws TeuError `not-found` */
export function readBundleText(path: string): BundleText {
  const bundle = resolve(path);
  try {
    return { path: bundle, text: readFileSync(join(bundle, "config.json"), "utf8") };
  } catch (cause) {
    throw new TeuError("not-found", `read the bundle ${bundle}: config.json: ${reasonOf(cause)}`, { cause });
  }
}
