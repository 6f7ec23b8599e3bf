// The volumes of a container that is made: rows and directories of those that are not there, and who has them.
import type { Writer } from "../../base/database.ts";
import type { ContainerDocument } from "../../containers/document/document.ts";
import type { VolumeRequest } from "../../containers/document/mounts.ts";
import { useVolume, volumeByName } from "../../volumes/rows.ts";
import { makeVolume } from "../../volumes/store.ts";
import type { Engine } from "../engine.ts";
import { refuseOther, volumeOf } from "./create.ts";
import { recordVolumeEvent } from "./event.ts";

/** Those of its mounts that are volumes. */
export function volumeRequests({ mounts }: Pick<ContainerDocument, "mounts">): readonly VolumeRequest[] {
  return mounts.filter((mount) => mount.kind === "volume");
}

/**
 * Makes the volumes that are not there, and says that this container has them, which keeps them. In the transaction that inserts its row.
 * @throws TeuError as createVolume
 */
export function claimVolumes(db: Writer, engine: Engine, document: Pick<ContainerDocument, "id" | "mounts">): void {
  for (const request of volumeRequests(document)) {
    const volume = {
      ...volumeOf(engine, {
        ...(request.anonymous ? {} : { name: request.name }),
        driver: request.driver,
        options: request.driverOptions,
        labels: request.labels,
      }),
      name: request.name,
    };
    if (makeVolume(db, engine.root, volume))
      recordVolumeEvent(db, engine, { action: "create", actor: volume.name, attributes: { driver: volume.driver } });
    else refuseOther(volume, volumeByName(db, volume.name));
    useVolume(db, document.id, volume.name);
  }
}
