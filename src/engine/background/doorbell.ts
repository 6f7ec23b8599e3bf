// How a background process is called: a Unix socket in the run root, where a connection says no more than "look again". It is reached by
// the descriptor of its directory, so that no path is too long (unix(7)).
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { basename } from "node:path";
import { type Background, doorbellPath } from "./doorbell-path.ts";

/** True where somebody listens, who will look; false where there is nobody. */
export async function ring(runRoot: string, who: Background): Promise<boolean> {
  let directory: number;
  try {
    directory = openSync(runRoot, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch {
    return false; // nothing has run here
  }
  try {
    const socket = await Bun.connect({ unix: throughDirectory(directory, doorbellPath(runRoot, who)), socket: { data() {} } });
    socket.end();
    return true;
  } catch {
    return false; // ENOENT, or ECONNREFUSED where it was killed
  } finally {
    closeSync(directory);
  }
}

export interface Doorbell {
  /** Settles at a ring, at one since the last wait, and after so many milliseconds. */
  wait(ms: number | undefined): Promise<void>;
  /** As if somebody had rung. */
  ring(): void;
  /** From here on whoever rings finds nobody. */
  close(): void;
}

/** Timers of more milliseconds than 31 bits hold end at once. */
const LONGEST_WAIT = 2 ** 31 - 1;

/** To be called by one process at a time: what lies there of another is taken for a dead one's. */
export function hangDoorbell(runRoot: string, who: Background): Doorbell {
  let rung = false;
  let wake = () => {};
  const ringing = () => {
    rung = true;
    wake();
  };
  const directory = openSync(runRoot, constants.O_RDONLY | constants.O_DIRECTORY);
  const path = doorbellPath(runRoot, who);
  rmSync(path, { force: true });
  const listener = Bun.listen({
    unix: throughDirectory(directory, path),
    socket: {
      open: ringing, // whoever rings closes: a connection that is closed at once fails with ECONNRESET there
      data() {},
    },
  });
  return {
    async wait(ms) {
      if (!rung) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = ms === undefined ? undefined : setTimeout(resolve, Math.min(Math.max(ms, 0), LONGEST_WAIT));
        await promise;
        clearTimeout(timer);
      }
      rung = false;
    },
    ring: ringing,
    close() {
      rmSync(path, { force: true });
      listener.stop(true);
      closeSync(directory);
    },
  };
}

function throughDirectory(directory: number, path: string): string {
  return `/proc/self/fd/${directory}/${basename(path)}`;
}
