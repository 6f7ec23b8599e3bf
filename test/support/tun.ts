// /dev/net/tun with mode 0666, as udev makes it, for as long as a test of an ordinary user's network needs it. Test files run side by side: who comes
// first notes the mode, who leaves last puts it back, and those who were killed do not count.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withFileLock } from "../../src/base/file-lock.ts";

const DEVICE = "/dev/net/tun";
const USERS = "/run/teu-test-tun";
const EVERYBODY = 0o666;

let count = 0;

/** Opens it to everybody; call what comes back when the test is over. */
export async function openTun(): Promise<() => Promise<void>> {
  const own = join(USERS, `${process.pid}-${count++}`);
  mkdirSync(USERS, { recursive: true });
  const locked = (work: () => Promise<void>) => withFileLock(join(USERS, "lock"), work);
  const mode = join(USERS, "mode");
  await locked(async () => {
    if (users().length === 0) writeFileSync(mode, String(statSync(DEVICE).mode & 0o777));
    writeFileSync(own, "");
    chmodSync(DEVICE, EVERYBODY);
  });
  return () =>
    locked(async () => {
      rmSync(own);
      if (users().length === 0) chmodSync(DEVICE, Number(readFileSync(mode, "utf8")));
    });
}

/** Of processes that still run. */
function users(): string[] {
  return readdirSync(USERS).filter((name) => /^\d+-\d+$/.test(name) && existsSync(`/proc/${name.replace(/-\d+$/, "")}`));
}
