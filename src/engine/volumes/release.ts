// The volumes of a container that goes: it has them no more, and those that nobody named go with the last container that has them.
import type { Writer } from "../../base/database.ts";
import { endUses, usersOf, volumesOf } from "../../volumes/rows.ts";
import { retireVolume } from "../../volumes/store.ts";
import type { Engine } from "../engine.ts";
import { recordVolumeEvent } from "./event.ts";

/**
 * In the transaction that deletes the container's row.
 * @param options.anonymous `rm -v`, and `--rm`: what nobody named and no other container has goes too
 * @returns directories that are to be removed when the transaction is done
 */
export function unclaimVolumes(
  db: Writer,
  engine: Engine,
  container: string,
  { anonymous }: { readonly anonymous: boolean },
): readonly string[] {
  const had = volumesOf(db, container);
  endUses(db, container);
  if (!anonymous) return [];
  return had
    .filter((volume) => volume.anonymous && usersOf(db, volume.name).length === 0)
    .flatMap(({ name, driver }) => {
      const retired = retireVolume(db, engine.root, name);
      recordVolumeEvent(db, engine, { action: "destroy", actor: name, attributes: { driver } });
      return retired === undefined ? [] : [retired];
    });
}
