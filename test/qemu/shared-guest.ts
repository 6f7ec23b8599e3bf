// One guest for all tests of a description. Under plain emulation, on a busy host, a machine ends now and then by itself (its kernel stalls, or does not
// answer in time), which says nothing of what is tested: then another is booted, the test runs again, and the console's end is shown. A test that fails in a
// machine that lives has failed.
import { afterAll, beforeAll, test as bunTest } from "bun:test";
import { type Guest, MachineEnded, type ScriptRunner, startGuest } from "./guest.ts";

/** Time for a test with another boot in the middle: plain emulation is some ten times slower than the host. */
const TEST_MS = 300_000;

export interface SharedGuest {
  /** The machine that runs now. */
  readonly guest: ScriptRunner;
  readonly test: (name: string, body: () => Promise<void>) => void;
}

/**
 * To be called in a description.
 * @param options what the guest is made of; asked for anew at each boot.
 * @param prepare work in the guest before the first test.
 */
export function sharedGuest(
  options: () => Promise<Parameters<typeof startGuest>[0]>,
  prepare: (guest: ScriptRunner) => Promise<unknown> = async () => undefined,
): SharedGuest {
  let machine: Guest | undefined;
  const end = async () => {
    await machine?.[Symbol.asyncDispose]();
    machine = undefined;
  };
  const guest: SharedGuest["guest"] = {
    run: (script, options) =>
      machine === undefined ? Promise.reject(new Error("run in guest: no machine")) : machine.run(script, options),
  };
  /** Runs `work`, and once more in another machine when this one has ended meanwhile. */
  const again = async (work: () => Promise<unknown>, reboot: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      const cause = error instanceof SuppressedError ? error.suppressed : error;
      if (!(cause instanceof MachineEnded)) throw error;
      console.warn(`once more in another machine: ${cause.message}`);
      await reboot();
      await work();
    }
  };
  const boot = async () => {
    await end();
    machine = await startGuest(await options());
    await prepare(guest);
  };
  beforeAll(() => again(boot, end), TEST_MS);
  afterAll(end);
  return { guest, test: (name, body) => bunTest(name, () => again(body, boot), TEST_MS) };
}
