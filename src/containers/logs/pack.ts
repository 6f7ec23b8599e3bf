// Packs rotated files: `<path>.2` becomes `<path>.2.gz`, and so the older ones. The youngest stays as it is: whoever follows may still read it.
// The monitor starts this after a rotation, and ends it before the next one, so at any line of it the files are whole: what is unpacked goes only
// when what is packed has its name.

import { createWriteStream } from "node:fs";
import { rename, rm, stat, unlink } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { failedWith } from "../../base/file-errno.ts";
import { inodeOf, openThere, rotatedFiles } from "./files.ts";

const YOUNGEST_PACKED = 2;

/** Packs all rotated files of the log at `path` that are to be packed. */
export async function packRotated(path: string): Promise<void> {
  const aside = `${path}.pack`;
  await rm(aside, { force: true }); // of one that was ended
  for (const { path: file, number, packed } of await rotatedFiles(path)) {
    if (!packed && number >= YOUNGEST_PACKED) await pack(file, aside);
  }
}

async function pack(path: string, aside: string): Promise<void> {
  const target = `${path}.gz`;
  const handle = await openThere(path);
  if (handle === undefined) return;
  try {
    const { ino } = await handle.stat({ bigint: true });
    // There where one was ended between its last two steps.
    if (!(await isThere(target))) {
      await pipeline(
        handle.createReadStream({ autoClose: false, start: 0 }),
        createGzip(),
        createWriteStream(aside, { flags: "wx", mode: 0o640, flush: true }),
      );
      if ((await inodeOf(path)) !== ino) return await rm(aside, { force: true }); // rotated on: it is the next one's work
      await rename(aside, target);
    }
    if ((await inodeOf(path)) === ino) await unlink(path);
  } finally {
    await handle.close();
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (failedWith(error, "ENOENT")) return false;
    throw error;
  }
}
