// Use case `volume create`.
import { TeuError } from "../../base/errors.ts";
import { randomId } from "../../base/random-id.ts";
import { backingOf, LOCAL_DRIVER } from "../../volumes/backing.ts";
import { parseVolumeName } from "../../volumes/name.ts";
import { type Volume, volumeByName } from "../../volumes/rows.ts";
import { makeVolume } from "../../volumes/store.ts";
import type { Engine } from "../engine.ts";
import { recordVolumeEvent } from "./event.ts";
import { sweepVolumes } from "./sweep.ts";

export interface VolumeDraft {
  /** Without one it is anonymous. */
  readonly name?: string | undefined;
  readonly driver?: string | undefined;
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** docker's, by which its users find volumes that nobody named. */
const ANONYMOUS_LABEL = "com.docker.volume.anonymous";

/** @throws TeuError `invalid`, `not-found` for another driver, `unsupported` */
export function volumeOf({ runtime }: Pick<Engine, "runtime">, { name, driver = LOCAL_DRIVER, options, labels }: VolumeDraft): Volume {
  const called = name ?? "";
  try {
    if (driver !== LOCAL_DRIVER)
      throw new TeuError("not-found", `there is no volume driver ${JSON.stringify(driver)}, only ${LOCAL_DRIVER}`);
    const backing = backingOf(options);
    if (backing.kind === "filesystem" && backing.type !== "tmpfs" && runtime.facts().rootless)
      throw new TeuError("unsupported", `a file system of type ${backing.type} is mounted by root alone`);
    return {
      name: name === undefined ? randomId() : parseVolumeName(name),
      created: runtime.now().getTime(),
      driver,
      options,
      labels: name === undefined ? { [ANONYMOUS_LABEL]: "", ...labels } : labels,
      anonymous: name === undefined,
    };
  } catch (error) {
    if (!(error instanceof TeuError)) throw error;
    throw new TeuError(error.code, `create ${called}: ${error.message}`, { cause: error });
  }
}

/**
 * Makes a volume, or finds it made; the result is its name.
 * @throws TeuError as volumeOf; `conflict` for one of this name with other options
 */
export async function createVolume(engine: Engine, draft: VolumeDraft): Promise<string> {
  const volume = volumeOf(engine, draft);
  await sweepVolumes(engine);
  engine.state.write(
    (db) => {
      if (makeVolume(db, engine.root, volume))
        recordVolumeEvent(db, engine, { action: "create", actor: volume.name, attributes: { driver: volume.driver } });
      else refuseOther(volume, volumeByName(db, volume.name));
    },
    { durable: true },
  );
  return volume.name;
}

/** As docker, one that is there is found; but what was asked of its files must be what it is. */
export function refuseOther(wanted: Pick<Volume, "name" | "options">, there: Volume | undefined): void {
  const text = (options: Volume["options"]) => JSON.stringify(Object.entries(options).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  if (there === undefined || Object.keys(wanted.options).length === 0 || text(there.options) === text(wanted.options)) return;
  throw new TeuError(
    "conflict",
    `create ${wanted.name}: there is a volume of this name with other options; remove it, or choose another name`,
  );
}
