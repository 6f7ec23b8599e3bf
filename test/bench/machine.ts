// What the numbers were measured on and with.
import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import type { ProgramName, Programs } from "./programs.ts";

export interface Machine {
  readonly date: string;
  readonly kernel: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryMiB: number;
  /** One-minute load average before the first measurement: other work makes times longer. */
  readonly load: number;
  readonly versions: Readonly<Partial<Record<ProgramName, string>>>;
}

const VERSIONED: readonly (readonly [ProgramName, string])[] = [
  ["teu", "version"],
  ["crun", "--version"],
  ["runc", "--version"],
  ["conmon", "--version"],
  ["podman", "--version"],
  ["docker", "--version"],
];

function version(path: string, word: string): string {
  try {
    return execFileSync(path, [word], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n")[0] ?? "";
  } catch {
    return "unknown";
  }
}

/** Describes this machine and the programs that it has. */
export function machine(programs: Programs): Machine {
  const present = VERSIONED.filter(([name]) => programs[name].missing === undefined);
  return {
    date: new Date().toISOString().slice(0, 16),
    kernel: release(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    load: loadavg()[0] ?? 0,
    versions: Object.fromEntries(present.map(([name, word]) => [name, version(programs[name].path, word)])),
  };
}

/** The head of the report. */
export function describeMachine(facts: Machine): string {
  const { date, kernel, processor, cores, memoryMiB, load, versions } = facts;
  const host = `${date}  Linux ${kernel}, ${cores} × ${processor}, ${memoryMiB} MiB, load ${load.toFixed(2)}`;
  return [host, Object.values(versions).join(" | ")].join("\n");
}
