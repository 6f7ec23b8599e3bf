// `bootstrap:DISTRO/SUITE`: a base image from a distribution's own archive as the source of a copy or a pull. The tree comes as a tar that
// is packed while the tool makes it; the image is the same, byte for byte, whoever makes it of the same packages.
import { tmpdir } from "node:os";
import { importTar } from "../../image/archives/import.ts";
import { bootstrap } from "../../image/bootstrap/bootstrap.ts";
import { parseRecipe } from "../../image/bootstrap/recipe.ts";
import type { ImageSource } from "../../image/ports/transport.ts";
import type { EndOptions } from "./end-options.ts";
import type { ImageEngine } from "./image-engine.ts";

/** Where mmdebstrap, debootstrap and what they call lie; dpkg and tar are to be the host's own, not the caller's. */
const PROGRAMS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** @throws InvalidInputError for a wrong recipe; TeuError `not-found` (the suite), `unavailable` (the mirror, the tool). */
export async function openBootstrap(
  images: ImageEngine,
  text: string,
  { platform = images.platform, signal, onProgress }: EndOptions,
): Promise<ImageSource> {
  const { mirrors } = (await images.configuration()).bootstrap;
  const recipe = parseRecipe(text, platform, mirrors);
  const common = { temporary: tmpdir(), ...(signal === undefined ? {} : { signal }) };
  const tree = await bootstrap(recipe, {
    ...common,
    path: PROGRAMS,
    isRoot: process.geteuid?.() === 0,
    ...(onProgress === undefined ? {} : { onLine: (text: string) => onProgress({ kind: "message", text }) }),
  });
  return importTar(`bootstrap:${text}`, tree.tar, { ...tree, ...common });
}
