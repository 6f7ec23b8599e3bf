// state.db: containers, volumes, events and duties, below the engine's root. Each part brings its tables; here they become one schema.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { StateDatabase } from "../../base/database.ts";
import { CONTAINER_TABLES } from "../../containers/state/schema.ts";
import { VOLUME_TABLES } from "../../volumes/schema.ts";

/** A migration that was released is never changed; later parts append theirs. */
const MIGRATIONS: readonly string[] = [CONTAINER_TABLES + VOLUME_TABLES];

/** The database below a root; opened at its first use. */
export function stateDatabase(root: string): StateDatabase {
  return new StateDatabase(join(root, "state.db"), {
    migrations: MIGRATIONS,
    prepare: () => void mkdirSync(root, { recursive: true, mode: 0o711 }),
  });
}
