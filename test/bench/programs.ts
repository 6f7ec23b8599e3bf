// The programs that are measured: ours, and the peers that this machine has.
import { accessSync, constants, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/", import.meta.url));

export interface Program {
  readonly path: string;
  /** Why it cannot be measured. */
  readonly missing?: string;
}

function inPath(name: string): Program {
  const path = (process.env.PATH ?? "")
    .split(":")
    .map((directory) => join(directory, name))
    .find(isProgram);
  return path === undefined ? { path: name, missing: "not in PATH" } : { path };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function ours(name: string): Program {
  const path = join(BIN, name);
  return existsSync(path) ? { path } : { path, missing: `bin/${name} is not built` };
}

export type ProgramName = "teu" | "teu-runtime" | "crun" | "runc" | "podman" | "docker" | "dockerd" | "conmon";
export type Programs = Readonly<Record<ProgramName, Program>>;

/** Looks for all of them. */
export function findPrograms(): Programs {
  return {
    teu: ours("teu"),
    "teu-runtime": ours("teu-runtime"),
    crun: inPath("crun"),
    runc: inPath("runc"),
    podman: inPath("podman"),
    docker: inPath("docker"),
    dockerd: inPath("dockerd"),
    conmon: inPath("conmon"),
  };
}
