// Plans are pure functions of their input, so a plan for the same input need not be computed twice: `run` keeps encoded plans by the digest of
// everything that went into them. Measured, that is half of the time that TypeScript has in a run.
//
// What differs from run to run is the container's id. A template is therefore compiled for a stand-in of the same length, a run of `+`, and
// the id is put in its place when it is used. Before a template is stored it is tried: with the real id in place it must be, byte by byte,
// what the compiler made of the real id; an input for which that does not hold is not cached.
//
// A file (base/kept-file.ts): magic "TEUT", u32 lengths of head, text and plan, then these three.
import { SHORT_ID } from "../../base/container-id.ts";
import { keepFile, readKept } from "../../base/kept-file.ts";
import type { Lookups } from "./host-look.ts";
import type { Prepared, PreparedFacts } from "./prepared.ts";

const MAGIC = 0x54554554;
const PREFIX = 16;
/** `+`: an id may be made of it, and JSON leaves it as it is. */
const STAND_IN = 0x2b;

interface Head {
  readonly facts: PreparedFacts;
  readonly lookups: Lookups;
}

export type Template = Pick<Prepared, "facts" | "text" | "encoded">;

/** The id that templates are compiled for. */
export function standInFor(id: string): string {
  return String.fromCharCode(STAND_IN).repeat(id.length);
}

export function digestOf(parts: readonly string[]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const part of parts) hasher.update(`${part.length}:`).update(part);
  return hasher.digest("hex");
}

/**
 * The stored plan for a key, with the id put in.
 * @param holds tells whether a look-up still gives what it gave
 */
export function readTemplate(
  dir: string,
  key: string,
  use: { readonly id: string; holds(lookups: Lookups, rootfs: string): boolean },
): Template | undefined {
  const file = readTemplateFile(dir, key);
  if (file === undefined) return undefined;
  putIn(file.subarray(PREFIX), use.id);
  const [headEnd, textEnd, planEnd] = boundaries(file);
  const head = JSON.parse(file.toString("utf8", PREFIX, headEnd)) as Head; // its digest says that storeTemplate wrote it
  if (!use.holds(head.lookups, head.facts.rootfs)) return undefined;
  return { facts: head.facts, text: file.toString("utf8", headEnd, textEnd), encoded: file.subarray(textEnd, planEnd) };
}

/** Stores what was prepared for the stand-in, if with `real.id` in place it is what was prepared for that id. */
export function storeTemplate(
  dir: string,
  key: string,
  made: { readonly template: Template; readonly real: Template; readonly id: string; readonly lookups: Lookups },
): void {
  const { template, real, id, lookups } = made;
  const parts = partsOf(template, lookups);
  const tried = Buffer.concat(parts);
  putIn(tried, id);
  if (!tried.equals(Buffer.concat(partsOf(real, lookups)))) return;
  const prefix = Buffer.alloc(PREFIX);
  for (const [index, value] of [MAGIC, ...parts.map(({ length }) => length)].entries()) prefix.writeUInt32LE(value, index * 4);
  keepFile(dir, key, Buffer.concat([prefix, ...parts]));
}

function partsOf({ facts, text, encoded }: Template, lookups: Lookups): Buffer[] {
  const head: Head = { facts, lookups };
  return [Buffer.from(JSON.stringify(head)), Buffer.from(text), Buffer.from(encoded)];
}

/** Runs of `+` as long as the id, or its short form, become that; a run of another length is somebody's data, and why templates are tried. */
function putIn(bytes: Buffer, id: string): void {
  for (let at = bytes.indexOf(STAND_IN); at >= 0; ) {
    let end = at;
    while (bytes[end] === STAND_IN) end++;
    if (end - at === id.length) bytes.write(id, at, "latin1");
    else if (end - at === SHORT_ID) bytes.write(id.slice(0, SHORT_ID), at, "latin1");
    at = bytes.indexOf(STAND_IN, end);
  }
}

function readTemplateFile(dir: string, key: string): Buffer | undefined {
  const file = readKept(dir, key);
  if (file === undefined || file.length < PREFIX || file.readUInt32LE(0) !== MAGIC) return undefined;
  const [, , planEnd] = boundaries(file);
  return planEnd === file.length ? file : undefined;
}

function boundaries(file: Buffer): readonly [head: number, text: number, plan: number] {
  const head = PREFIX + file.readUInt32LE(4);
  const text = head + file.readUInt32LE(8);
  return [head, text, text + file.readUInt32LE(12)];
}
