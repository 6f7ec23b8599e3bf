// The row of a container that is made, and the first of its events.
import type { Writer } from "../../../base/database.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { randomName } from "../../../containers/state/names.ts";
import { containerById, insertContainer, isNameTaken } from "../../../containers/state/rows.ts";
import { attach } from "../../../network/state/rows.ts";
import type { Engine } from "../../engine.ts";
import { attachmentsOf, type Claimed, claimNetworks } from "../../networks/claims/claim.ts";
import { claimVolumes } from "../../volumes/claim.ts";
import { isMade } from "./directory.ts";
import { recordContainerEvent } from "./record-event.ts";

/** A container as people know it. */
export interface Named {
  readonly id: string;
  readonly name: string;
  readonly document: ContainerDocument;
  /** What it has of its networks, where it is about to start. */
  readonly claimed?: Claimed;
}

export interface RegisterOptions {
  /** The command that makes it stays with it. */
  readonly attached?: boolean;
  /** The command that made it was killed before it came to this: the container is kept under any name. */
  readonly found?: boolean;
  /** It is started at once: it takes its places in networks, too. */
  readonly starts?: boolean;
}

/**
 * Enters a container whose directory is there, unless somebody else was quicker who found it.
 * @returns as what it is known; undefined where it has been removed meanwhile
 * @throws TeuError `conflict` when the name that it is to bear is another's
 */
export function registerContainer(
  engine: Engine,
  document: ContainerDocument,
  { attached = false, found = false, starts = false }: RegisterOptions = {},
): Named | undefined {
  const { id } = document;
  return engine.state.write((db) => {
    const known = containerById(db, id);
    if (known !== undefined) return known;
    if (!isMade(engine.root, id)) return undefined;
    const { name } = document.birth;
    const named = { id, name: name === undefined || (found && isNameTaken(db, name)) ? freeName(db) : name, document };
    insertContainer(db, named);
    claimVolumes(db, engine, document);
    for (const { network } of attachmentsOf(document)) attach(db, id, network);
    const claimed = starts && document.network.mode.kind === "networks" ? claimNetworks(db, engine, named) : undefined;
    recordContainerEvent(engine, db, named, "create");
    if (attached) recordContainerEvent(engine, db, named, "attach");
    return claimed === undefined ? named : { ...named, claimed };
  });
}

function freeName(db: Writer): string {
  for (let tries = 0; ; tries++) {
    const name = randomName(tries);
    if (!isNameTaken(db, name)) return name;
  }
}
