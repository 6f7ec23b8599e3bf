// What garbage collection must keep, as queries: everything that the roots lead to. Roots are images (named or dangling), leases of living
// processes, containers, and what other parts of the engine put into the table `roots`.

import type { Writer } from "../../base/database.ts";
import type { Digest } from "../../base/digest.ts";
import { sweepClaims } from "./claims.ts";
import type { StoreContext } from "./context.ts";
import { sweepLeases } from "./leases.ts";
import { seeContainers } from "./roots.ts";

/** Digests of manifests and blobs: from a manifest to all that it leads to, and to those whose subject it is (distribution-spec 1.1, "Referrers"). */
const MARKED = `
  WITH RECURSIVE marked(digest) AS (
    SELECT digest FROM images
    UNION SELECT key FROM lease_items WHERE kind = 'blob'
    UNION SELECT manifest FROM container_images
    UNION SELECT digest FROM roots
    UNION SELECT edges.digest FROM marked JOIN edges ON edges.manifest = marked.digest
    UNION SELECT edges.manifest FROM marked JOIN edges ON edges.digest = marked.digest AND edges.role = 'subject'
  )`;

/** Chain IDs: those of marked manifests, of leases, containers and roots, and all below them. */
const MARKED_LAYERS = `${MARKED},
  kept(chain_id) AS (
    SELECT chain_id FROM chains JOIN marked ON chains.manifest = marked.digest
    UNION SELECT key FROM lease_items WHERE kind = 'layer'
    UNION SELECT chain_id FROM container_images WHERE chain_id IS NOT NULL
    UNION SELECT digest FROM roots
    UNION SELECT layers.parent FROM kept JOIN layers USING (chain_id) WHERE layers.parent IS NOT NULL
  )`;

export interface Garbage {
  readonly blobs: readonly { readonly digest: Digest; readonly size: number }[];
  readonly layers: readonly { readonly chain_id: Digest; readonly size: number }[];
}

/** What no root leads to. Leases and claims of dead processes are dropped first, and what somebody is making just now is left out. */
export function findGarbage(context: StoreContext, db: Writer): Garbage {
  sweepLeases(context, db);
  sweepClaims(context, db);
  seeContainers(context, db);
  return {
    blobs: db
      .query<{ digest: Digest; size: number }, []>(
        `${MARKED} SELECT digest, size FROM blobs WHERE digest NOT IN (SELECT digest FROM marked)
         AND digest NOT IN (SELECT key FROM claims WHERE kind = 'blob')`,
      )
      .all(),
    layers: db
      .query<{ chain_id: Digest; size: number }, []>(
        `${MARKED_LAYERS} SELECT chain_id, size FROM layers WHERE chain_id NOT IN (SELECT chain_id FROM kept)
         AND chain_id NOT IN (SELECT key FROM claims WHERE kind = 'layer')`,
      )
      .all(),
  };
}

/** Forgets manifests that nothing leads to and whose blob is gone. */
export function dropUnmarkedManifests(db: Writer): void {
  db.run(`DELETE FROM manifests WHERE digest IN (${MARKED} SELECT digest FROM manifests WHERE digest NOT IN (SELECT digest FROM marked))`);
}
