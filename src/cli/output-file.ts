// A file that a command writes, whole or not at all.
import { open, rename, rm } from "node:fs/promises";
import { failed } from "../image/archives/directory-files.ts";

/** The file is whole, or what it was. */
export async function intoFile(path: string, work: (write: (chunk: Uint8Array) => Promise<void>) => Promise<void>): Promise<void> {
  const aside = `${path}.teu-partial-${process.pid}`;
  const file = await open(aside, "wx", 0o600).catch((error: unknown) => {
    throw failed(`write ${path}`, error);
  });
  try {
    await work((chunk) => file.writeFile(chunk));
    await file.sync();
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
