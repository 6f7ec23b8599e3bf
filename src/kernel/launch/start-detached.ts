// Starts a program of ours that goes on when this process ends, and that nothing of this process reaches any more: a session of its own, no
// terminal, no descriptors, no environment but what is given, no directory.
import { TeuError } from "../../base/errors.ts";

/** @throws TeuError `unavailable` when it cannot be executed */
export function startDetached(argv: readonly [string, ...string[]], environment: Readonly<Record<string, string>>): void {
  try {
    Bun.spawn([...argv], { stdio: ["ignore", "ignore", "ignore"], env: { ...environment }, cwd: "/", detached: true }).unref();
  } catch (cause) {
    throw new TeuError("unavailable", `start ${argv.join(" ")}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}
