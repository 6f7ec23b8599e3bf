// The members of a tar with their data, for tests of readers and writers.
import type { LayerLimits } from "../../src/image/layers/limits.ts";
import type { TarMember } from "../../src/image/layers/tar/member.ts";
import { TarReader } from "../../src/image/layers/tar/read.ts";
import { archive } from "./tar-builder.ts";

export interface Member extends TarMember {
  readonly data: string;
}

/** Feeds `step` bytes at a time. */
export function readMembers(bytes: Buffer, step = bytes.length, limits: Partial<LayerLimits> = {}): readonly Member[] {
  const found: { readonly member: TarMember; readonly data: Buffer[] }[] = [];
  const reader = new TarReader(
    { member: (member) => void found.push({ member, data: [] }), data: (chunk) => void found.at(-1)?.data.push(Buffer.from(chunk)) },
    limits,
  );
  for (let at = 0; at < bytes.length; at += step) reader.feed(bytes.subarray(at, at + step));
  reader.end();
  return found.map(({ member, data }) => ({ ...member, data: Buffer.concat(data).toString("latin1") }));
}

/** The first member of an archive of these blocks. */
export function readOne(...blocks: readonly Buffer[]): Member | undefined {
  return readMembers(archive(...blocks))[0];
}
