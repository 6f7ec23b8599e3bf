// The image that `run` names, by docker's rules of pulling.
import { TeuError } from "../../base/errors.ts";
import type { Engine } from "../engine.ts";
import type { EnsureOptions, ResolvedImage } from "./image-lookup.ts";

/** @throws TeuError `not-found` where the image is not there, and may not be pulled or cannot */
export async function findImage(
  { images }: Engine,
  name: string,
  options: EnsureOptions & { readonly missing: (message: string) => void },
): Promise<ResolvedImage> {
  const lookup = await images();
  if (options.pull === "always") return lookup.ensure(name, options);
  const found = await lookup.resolve(name, options);
  if (found !== undefined) return found;
  const message = `Unable to find image '${withTag(name)}' locally`;
  if (options.pull === "never") throw new TeuError("not-found", message);
  options.missing(message);
  return lookup.ensure(name, options);
}

/** What was asked for, as docker says it: with the tag that was left out. */
export function withTag(name: string): string {
  return name.includes("@") || name.slice(name.lastIndexOf("/") + 1).includes(":") ? name : `${name}:latest`;
}
