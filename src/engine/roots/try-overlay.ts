// Tries whether the kernel makes an overlay for an ordinary user, of directories where those of containers are. Documentation/filesystems/overlayfs.rst.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ERRNO } from "../../base/errno.ts";
import { KernelError } from "../../base/errors.ts";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import { overlayMount } from "../../image/snapshots/overlay.ts";
import { LAYERS, overlayOps } from "../../kernel/rootfs/root-mount.ts";
import { runSidePlan } from "../../kernel/state/side-plan.ts";
import type { Engine } from "../engine.ts";

/** What says that there is no overlay to be had; anything else is a failure. */
const REFUSALS: ReadonlySet<number> = new Set([ERRNO.ENODEV, ERRNO.EINVAL, ERRNO.EPERM, ERRNO.EACCES, ERRNO.EOPNOTSUPP, ERRNO.ENOSYS]);

const TRIAL = ".overlay-";
/** A trial's directories are younger than this while it goes on. */
const TRIAL_MS = 60_000;

/**
 * Mounts an overlay that nobody sees; the result is why it was refused, or undefined.
 * @throws KernelError where it failed for another reason
 */
export function tryOverlay(engine: Engine): string | undefined {
  removeOld(engine.root);
  const directory = mkdtempSync(join(engine.root, TRIAL));
  const [lower, upper, work] = [join(directory, "lower"), join(directory, "upper"), join(directory, "work")];
  try {
    for (const path of [lower, upper, work]) mkdirSync(path);
    const mount = overlayMount([lower], { upper, work }, { userxattr: true });
    runSidePlan(engine.runtime, {
      maps: rootlessMaps(engine.runtime.facts()),
      from: LAYERS,
      ops: (registers) => overlayOps(mount, { registers, root: registers.named("root"), kernel: engine.runtime.facts().kernel }),
    });
    return undefined;
  } catch (error) {
    if (error instanceof KernelError && error.field === LAYERS && REFUSALS.has(error.errno)) return error.message;
    throw error;
  } finally {
    remove(directory);
  }
}

/** overlayfs leaves a directory of mode 0 in its own, which only privileges look into. */
function remove(directory: string): void {
  const own = join(directory, "work/work");
  if (existsSync(own)) chmodSync(own, 0o700);
  rmSync(directory, { recursive: true, force: true });
}

/** What killed commands have left. */
function removeOld(root: string): void {
  for (const name of readdirSync(root)) {
    if (!name.startsWith(TRIAL)) continue;
    const path = join(root, name);
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && Date.now() - stats.mtimeMs > TRIAL_MS) remove(path);
  }
}
