// The terminal of a foreground `teu-runtime run` or `exec`: shown in this one, without keys to leave it, as runc's.
import type { Launched } from "../../kernel/launch/launcher.ts";
import { holdSignals } from "../signals.ts";
import { attach } from "./attach-client.ts";
import { isTerminal } from "./tty.ts";

export interface ForegroundTerminal {
  /** To be called once the launcher runs. */
  attend(launched: Launched): void;
  /** Settles when the last output has been shown and this terminal is as it was before. */
  shown(): Promise<unknown>;
}

/** To be called before the container is made: signals are held until there is somebody to hand them to. */
export function foregroundTerminal(): ForegroundTerminal {
  const signals = holdSignals({ terminal: true });
  let shown: Promise<unknown> = Promise.resolve();
  return {
    attend({ socket }) {
      if (socket === undefined) return;
      shown = attach({ monitor: { fd: socket }, detachKeys: new Uint8Array(), interactive: isTerminal(0), signals });
    },
    shown: () => shown,
  };
}
