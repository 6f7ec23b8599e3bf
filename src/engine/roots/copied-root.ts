// Without root a container's root is an overlay where the kernel makes one in a user namespace, else a copy of the image's layers: overlayfs may be
// missing, or refuse the file system that containers write to (one of FUSE, NFS, another overlay). Which it is is tried once for each start
// of the machine; what is refused is tried again every time, as a copy costs more than that. On the way of every such run: the trial is
// loaded when there is one.

import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { keepFile, readKept } from "../../base/kept-file.ts";
import { bootId } from "../../base/process-identity.ts";
import { digestOf } from "../../kernel/state/plan-cache.ts";

import type { Engine } from "../engine.ts";

/**
 * Why the layers of an image must be copied for a container; undefined where the kernel stacks them.
 * @throws KernelError where it cannot be said
 */
export async function overlayRefusal(engine: Engine): Promise<string | undefined> {
  const { cacheDir, build } = engine.runtime;
  const containers = join(engine.root, "containers");
  mkdirSync(containers, { recursive: true, mode: 0o711 });
  const kept = `overlay-${digestOf([build, bootId(), containers, `${statSync(containers).dev}`])}`;
  if (readKept(cacheDir, kept) !== undefined) return undefined;
  const refusal = (await import("./try-overlay.ts")).tryOverlay(engine);
  if (refusal === undefined) keepFile(cacheDir, kept, new Uint8Array());
  return refusal;
}
