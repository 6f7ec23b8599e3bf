// What every case is given: the programs, the bundles, the timer and the places where commands run.
import type { Bundles } from "./bundle.ts";
import type { Contest } from "./contest.ts";
import type { Program, Programs } from "./programs.ts";
import type { Timer } from "./timer.ts";

/** The ordinary user that rootless variants run as. */
export interface OrdinaryUser {
  /** Command words that become this user. */
  readonly via: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface Bench {
  readonly programs: Programs;
  readonly bundles: Bundles;
  readonly timer: Timer;
  /** Command words that enter the mount namespace that all runtimes share (room.ts). */
  readonly room: readonly string[];
  /** Scratch directory; everything in it is removed at the end. */
  readonly directory: string;
  readonly tester?: OrdinaryUser;
  /** Scales the number of rounds; at least two are left. */
  readonly rounds: (full: number) => number;
}

/** A case makes its contests when the bench starts, and may keep containers or daemons that it ends when disposed of. */
export interface Case extends AsyncDisposable {
  readonly contests: readonly Contest[];
}

/** A low-level runtime that takes part. */
export interface Runtime {
  readonly name: string;
  readonly program: Program;
  /** The command and its global options: a state directory of its own. */
  readonly command: readonly string[];
  /** Where its commands run. */
  readonly via: readonly string[];
}

/** teu on the plain host, then teu and its peers under equal conditions. */
export function runtimes({ programs, directory, room }: Bench): readonly Runtime[] {
  const runtime = (name: string, program: Program, via: readonly string[]): Runtime => ({
    name,
    program,
    via,
    command: [program.path, "--root", `${directory}/state/${name.replaceAll(" ", "-")}`],
  });
  return [
    // outside the room only where there is one: otherwise both would be the same
    ...(room.length > 0 ? [runtime("teu, plain host", programs["teu-runtime"], [])] : []),
    runtime("teu", programs["teu-runtime"], room),
    runtime("crun", programs.crun, room),
    runtime("runc", programs.runc, room),
  ];
}

/** teu's own state, for the commands of the engine. */
export function teuPlaces({ directory }: Pick<Bench, "directory">): Readonly<Record<string, string>> {
  return { TEU_ROOT: `${directory}/teu`, TEU_RUN_ROOT: `${directory}/teu-run` };
}

/** Deletes a container that a failed sample, or the case itself, left with each runtime. */
export async function deleteEverywhere(bench: Bench, id: string): Promise<void> {
  for (const { program, command, via } of runtimes(bench)) {
    if (program.missing === undefined) await bench.timer([...command, "delete", "--force", id], { via }).catch(() => undefined);
  }
}

/** Disposal of a case that keeps nothing. */
export const nothingToEnd = async (): Promise<void> => undefined;
