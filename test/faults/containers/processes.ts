// Processes of teu's own that belong to a test: found by the directories of the test that they work in or were told of.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface TestProcess {
  readonly pid: number;
  readonly kind: "monitor" | "supervisor" | "command";
}

function attempt(read: () => string): string {
  try {
    return read();
  } catch {
    return ""; // gone meanwhile
  }
}

/** A monitor is a launcher that works in the state directory of its container. */
function kindOf(pid: number, mark: string): TestProcess["kind"] | undefined {
  const command = attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ");
  if (command.includes("internal supervise") && command.includes(mark)) return "supervisor";
  const name = attempt(() => readFileSync(`/proc/${pid}/comm`, "utf8")).trim();
  if (name === "teu-launcher") return attempt(() => readlinkSync(`/proc/${pid}/cwd`)).includes(mark) ? "monitor" : undefined;
  return command.includes("teu ") && command.includes(mark) ? "command" : undefined;
}

export function processesOf(mark: string, kind: TestProcess["kind"]): readonly TestProcess[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid && kindOf(pid, mark) === kind)
    .map((pid) => ({ pid, kind }));
}
