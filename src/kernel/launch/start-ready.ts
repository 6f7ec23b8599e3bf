// Starts a program of the host that goes on when this process ends, and waits until it has said that it is ready, by writing to a descriptor.
import { closeSync, fstatSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { namelessFile } from "../../base/nameless-file.ts";

/** The number of the descriptor that the program writes to. */
export const READY_FD = 3;

const LONGEST_MS = 10_000;
const PAUSE_MS = 5;

/**
 * @param dir for a file without a name
 * @returns its pid
 * @throws TeuError `unavailable` when it cannot be executed, ends, or does not come to that in ten seconds: then it is killed
 */
export async function startReady(argv: readonly [string, ...string[]], dir: string): Promise<number> {
  const ready = namelessFile(dir, new Uint8Array());
  const said = namelessFile(dir, new Uint8Array());
  try {
    const child = Bun.spawn([...argv], { stdio: ["ignore", said, said, ready], env: {}, cwd: "/", detached: true });
    child.unref();
    const end = performance.now() + LONGEST_MS;
    while (fstatSync(ready).size === 0) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() > end) {
        child.kill("SIGKILL");
        const words = (await Bun.file(`/proc/self/fd/${said}`).text()).trim().split("\n").at(-1);
        throw new TeuError("unavailable", `${argv[0]}: ${words || "it did not become ready"}`);
      }
      await Bun.sleep(PAUSE_MS);
    }
    return child.pid;
  } catch (cause) {
    if (cause instanceof TeuError) throw cause;
    throw new TeuError("unavailable", `start ${argv[0]}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  } finally {
    closeSync(ready);
    closeSync(said);
  }
}
