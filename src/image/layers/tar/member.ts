// What a tar archive holds, before its names mean anything: the reader gives members, the writer takes them.
import type { TreeEntry } from "../../../spec/tree-entry.ts";

/** A tree entry whose path and target are still as the archive spells them. */
export type TarMember = TreeEntry;

/**
 * Who is told the members, in order, and after each file its data. A promise that is not yet settled means: wait. A chunk is the handler's
 * until that promise settles, and until the call returns when there is none.
 */
export interface TarHandler {
  member(member: TarMember): Promise<void> | undefined;
  data(chunk: Uint8Array): Promise<void> | undefined;
}

export const BLOCK = 512;

/** Bytes that fill the last block of `size` bytes. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
