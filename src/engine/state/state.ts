// state.db: containers, volumes, events and duties, below the engine's root. Each part brings its tables; here they become one schema.
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { StateDatabase } from "../../base/database.ts";
import { CONTAINER_TABLES } from "../../containers/state/schema.ts";
import { NETWORK_TABLES } from "../../network/state/schema.ts";
import { VOLUME_TABLES } from "../../volumes/schema.ts";

/** A migration that was released is never changed; later parts append theirs. */
const MIGRATIONS: readonly string[] = [CONTAINER_TABLES + VOLUME_TABLES, NETWORK_TABLES];

/** The database below a root; opened at its first use. */
export function stateDatabase(root: string): StateDatabase {
  const path = join(root, "state.db");
  return new StateDatabase(path, {
    migrations: MIGRATIONS,
    prepare: () => {
      mkdirSync(root, { recursive: true, mode: 0o711 });
      // Documents hold environments, and those passwords. The files that SQLite lays beside a database have its mode.
      if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
    },
  });
}
