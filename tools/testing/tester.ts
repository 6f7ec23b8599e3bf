// The ordinary user that rootless tests run as: made once, by root, with subordinate ids (subuid(5)) as a desktop's user has.
import { readFileSync } from "node:fs";

export const TESTER = "tester";
const FIRST_ID = 100000;
const IDS = 65536;

function hasLine(file: string): boolean {
  try {
    return readFileSync(file, "utf8")
      .split("\n")
      .some((line) => line.startsWith(`${TESTER}:`));
  } catch {
    return false;
  }
}

function run(command: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync([...command]);
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: exit status ${exitCode}: ${stderr.toString().trim()}`);
}

/** Makes the user and its ranges where they are missing, saying so; without root it does nothing, and rootless tests run as the caller. */
export function ensureTester(): void {
  if (process.getuid?.() !== 0) return;
  if (!hasLine("/etc/passwd")) {
    console.log(`making the ordinary user ${TESTER} for rootless tests`);
    run(["useradd", "--create-home", "--shell", "/bin/bash", TESTER]);
  }
  const range = `${FIRST_ID}-${FIRST_ID + IDS - 1}`;
  for (const [file, option] of [
    ["/etc/subuid", "--add-subuids"],
    ["/etc/subgid", "--add-subgids"],
  ] as const) {
    if (hasLine(file)) continue;
    console.log(`giving ${TESTER} the ids ${range} in ${file}`);
    run(["usermod", option, range, TESTER]);
  }
}
