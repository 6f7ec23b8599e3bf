// What the kernel is known to have of networks: a file each below the run root, good for one start of the machine and one network namespace, so that
// a run asks the kernel for no list of links. A file that is wrong does no harm that lasts: the kernel then says that a bridge is not there.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../kernel/state/record.ts";
import type { Engine } from "../engine.ts";

/** The namespace that networks are made in, as it is known from others, on this machine and since it was started. */
export type PlaceId = string;

/** A marker's name: the tables and the gate are there. Names of networks' markers are hexadecimal. */
export const FIREWALL = "firewall";

/** `name` is a network's id, or a word for what all of them share. Undefined where it was written for another place, or is damaged. */
export function readMarker<T>(engine: Pick<Engine, "runRoot">, name: string, place: PlaceId): T | undefined {
  try {
    const { place: written, value } = JSON.parse(readFileSync(pathOf(engine, name), "utf8")) as { place?: string; value?: T };
    return written === place ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Without fsync(2): it tells of this start of the machine alone. */
export function writeMarker<T>(engine: Pick<Engine, "runRoot">, name: string, place: PlaceId, value: T): void {
  mkdirSync(markersDirectory(engine), { recursive: true, mode: 0o711 });
  writeWhole(pathOf(engine, name), JSON.stringify({ place, value }));
}

export function dropMarker(engine: Pick<Engine, "runRoot">, name: string): void {
  rmSync(pathOf(engine, name), { force: true });
}

/** The number of a namespace that is gone is given to another: nothing of what was known is true of a new one. */
export function dropMarkers(engine: Pick<Engine, "runRoot">): void {
  const directory = markersDirectory(engine);
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory)) if (name.endsWith(".json")) rmSync(join(directory, name), { force: true });
}

/** Where they are. */
export const markersDirectory = ({ runRoot }: Pick<Engine, "runRoot">): string => join(runRoot, "networks");

/** What is being removed, a file each; there when some network was removed since the machine was started. */
export const removalsDirectory = (engine: Pick<Engine, "runRoot">): string => join(markersDirectory(engine), "removed");

function pathOf(engine: Pick<Engine, "runRoot">, name: string): string {
  return join(markersDirectory(engine), `${name}.json`);
}
