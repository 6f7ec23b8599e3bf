// One process of a kind for an engine: who holds the lock is it.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { takeFileLock } from "../../base/file-lock.ts";
import { ring } from "./doorbell.ts";
import type { Background } from "./doorbell-path.ts";

/** Between looks at another that begins or ends. */
const HANDOVER_MS = 20;

/** Does the work where no other process is at it; one that is gets a ring, which it has heard when this returns. */
export async function doAlone(runRoot: string, who: Background, work: () => Promise<void>): Promise<void> {
  for (;;) {
    using lock = takeLock(runRoot, who);
    if (lock !== undefined) return await work();
    if (await ring(runRoot, who)) return;
    await Bun.sleep(HANDOVER_MS); // it holds the lock and does not listen: it has just begun, or is about to end
  }
}

/** Undefined where another process holds it. */
function takeLock(runRoot: string, who: Background): Disposable | undefined {
  mkdirSync(runRoot, { recursive: true, mode: 0o711 });
  return takeFileLock(join(runRoot, `${who}.lock`));
}
