// Unpacked layers: one directory `layers/<hex of chain ID>/fs` for each chain of layers that an image has, shared by all images that have it
// (image-spec 1.1 config.md, "Layer ChainID"). Made aside by one process, renamed, then a row.
//
// The files are not synced one by one, which would cost more than unpacking them: the row notes the boot in which the layer was made,
// until `sync` has seen to the disk. A row that is found unsynced in a later boot may lack data after a power cut, so it is dropped and the layer
// is unpacked anew from its blob.
import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Writer } from "../../base/database.ts";
import type { Digest } from "../../base/digest.ts";
import { diskError } from "../../base/disk-error.ts";
import { TeuError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";
import { identityWord } from "../../base/process-identity.ts";
import { runProgram } from "../../kernel/launch/program.ts";
import { release, releaseIfPossible, tryClaim, waitForClaim } from "./claims.ts";
import { ownerLives, type StoreContext, usedBefore } from "./context.ts";
import { insertLayer, type LayerRow, writeLayerRecord } from "./layer-record.ts";
import { addToLease, type Lease } from "./leases.ts";
import { ASIDE } from "./paths.ts";

export interface Layer {
  readonly chainId: Digest;
  /** Chain ID of the layer below. */
  readonly parent: Digest | undefined;
  readonly diffId: Digest;
  /** The tree. */
  readonly path: string;
  /** Bytes of its files. */
  readonly size: number;
}

export interface MakeLayerOptions {
  readonly parent: Digest | undefined;
  readonly diffId: Digest;
  readonly lease: Lease;
  readonly signal?: AbortSignal;
}

/** Writes the tree into a fresh directory. @returns bytes of its files */
export type FillLayer = (directory: string) => Promise<{ readonly size: number }>;

let asides = 0;

export class Layers {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  /** The layer, if it is unpacked and sound; with a lease protected by it, with those below, in the same moment. */
  get(chainId: Digest, lease?: Lease): Layer | undefined {
    const row = this.#context.database.write((db) => this.#find(db, chainId, lease));
    return row === undefined ? undefined : this.#layer(row);
  }

  /**
   * Makes a layer be there, leased. `fill` writes the tree into the fresh directory that it is given and says how many bytes it has; it is
   * called unless the layer is there already or another process, for which this waits, makes it.
   */
  async make(chainId: Digest, options: MakeLayerOptions, fill: FillLayer): Promise<Layer> {
    const attempt = () => this.#claimUnlessThere(chainId, options.lease);
    const found = await waitForClaim(attempt, options.signal === undefined ? {} : { signal: options.signal });
    return found === "claimed" ? this.#makeClaimed(chainId, options, fill) : this.#layer(found);
  }

  /** The same for whoever may not wait: undefined when somebody makes the layer already. */
  makeUnlessBusy(chainId: Digest, options: MakeLayerOptions, fill: FillLayer): Promise<Layer> | undefined {
    const found = this.#claimUnlessThere(chainId, options.lease);
    if (found === "busy") return undefined;
    return found === "claimed" ? this.#makeClaimed(chainId, options, fill) : Promise.resolve(this.#layer(found));
  }

  #claimUnlessThere(chainId: Digest, lease: Lease): LayerRow | "claimed" | "busy" {
    return this.#context.database.write((db) => {
      const row = this.#find(db, chainId, lease);
      if (row !== undefined) return row;
      if (!tryClaim(this.#context, db, "layer", chainId)) return "busy";
      addToLease(db, lease.id, "layer", chainId);
      return "claimed";
    });
  }

  async #makeClaimed(chainId: Digest, options: MakeLayerOptions, fill: FillLayer): Promise<Layer> {
    try {
      return await this.#fill(chainId, options, fill);
    } catch (error) {
      releaseIfPossible(this.#context, "layer", chainId);
      throw diskError(`unpack layer ${chainId}`, error);
    }
  }

  /** Bytes that the layer has on the disk by its row; undefined when it is not there. */
  usage(chainId: Digest): number | undefined {
    return this.#context.database.rows.query<LayerRow, [string]>("SELECT * FROM layers WHERE chain_id = ?").get(chainId)?.size;
  }

  /** Brings all layers to the disk, syncfs(2) through sync(1), and notes it. */
  async sync(): Promise<void> {
    const { database, paths, self } = this.#context;
    const rows = database.rows.query<LayerRow, [string]>("SELECT * FROM layers WHERE unsynced = ?").all(self.bootId);
    if (rows.length === 0) return;
    const { exitCode, stderr } = await runProgram(["sync", "-f", paths.layers], { env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } });
    if (exitCode !== 0) throw new TeuError("unavailable", `sync ${paths.layers}: ${stderr.trim()}`);
    for (const row of rows) writeLayerRecord(paths, { ...row, unsynced: null });
    // Those that were there before the sync, and only while they are the same ones.
    const mark = "UPDATE layers SET unsynced = NULL WHERE chain_id = ? AND created = ?";
    database.write((db) => rows.forEach((row) => void db.run(mark, [row.chain_id, row.created])), { durable: true });
  }

  /** Removes what dead processes left on its way in or out. Returns the names removed. */
  async sweepAsides(): Promise<readonly string[]> {
    const { paths, removeTree } = this.#context;
    const names = readdirSync(paths.layers).filter((name) => name.startsWith(ASIDE));
    const dead = names.filter((name) => !ownerLives(this.#context, name.slice(ASIDE.length, name.lastIndexOf("-"))));
    for (const name of dead) await removeTree(join(paths.layers, name));
    return dead;
  }

  /**
   * With the claim on the layer, and without a row of it: takes its directory away and ends the claim.
   */
  async unmake(chainId: Digest): Promise<void> {
    const { database, removeTree } = this.#context;
    const aside = this.#moveAside(chainId);
    database.write((db) => release(db, "layer", chainId));
    if (aside !== undefined) await removeTree(aside);
  }

  #find(db: Writer, chainId: Digest, lease: Lease | undefined): LayerRow | undefined {
    const { self, now, paths } = this.#context;
    const row = db.query<LayerRow, [string]>("SELECT * FROM layers WHERE chain_id = ?").get(chainId);
    if (row === null) return undefined;
    const sound = (row.unsynced === null || row.unsynced === self.bootId) && isDirectory(join(paths.layer(chainId), "fs"));
    if (!sound) {
      db.run("DELETE FROM layers WHERE chain_id = ?", [chainId]);
      return undefined;
    }
    if (lease !== undefined) addToLease(db, lease.id, "layer", chainId);
    if (row.used < usedBefore(now())) db.run("UPDATE layers SET used = ? WHERE chain_id = ?", [now(), chainId]);
    return row;
  }

  async #fill(chainId: Digest, options: MakeLayerOptions, fill: FillLayer): Promise<Layer> {
    const { database, paths, removeTree, now, self } = this.#context;
    const aside = this.#aside();
    try {
      const tree = join(aside, "fs");
      mkdirSync(aside, { mode: 0o700 });
      mkdirSync(tree, { mode: 0o755 });
      const { size } = await fill(tree);
      const time = now();
      const row: LayerRow = {
        chain_id: chainId,
        parent: options.parent ?? null,
        diff_id: options.diffId,
        size,
        created: time,
        used: time,
        unsynced: self.bootId,
      };
      writeLayerRecord(paths, row, aside);
      // A directory without a row is of a dead process or another boot: nobody has it in use.
      const old = this.#moveAside(chainId);
      renameSync(aside, paths.layer(chainId));
      database.write((db) => {
        insertLayer(db, row);
        release(db, "layer", chainId);
      });
      if (old !== undefined) await removeTree(old);
      return this.#layer(row);
    } catch (error) {
      await removeTree(aside);
      throw error;
    }
  }

  #aside(): string {
    asides += 1;
    return join(this.#context.paths.layers, `${ASIDE}${identityWord(this.#context.self)}-${asides}`);
  }

  /** Takes the directory of a layer out of sight; undefined when there is none. */
  #moveAside(chainId: Digest): string | undefined {
    const aside = this.#aside();
    try {
      renameSync(this.#context.paths.layer(chainId), aside);
      return aside;
    } catch (error) {
      if (failedWith(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  #layer({ chain_id, parent, diff_id, size }: LayerRow): Layer {
    return { chainId: chain_id, parent: parent ?? undefined, diffId: diff_id, path: join(this.#context.paths.layer(chain_id), "fs"), size };
  }
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
