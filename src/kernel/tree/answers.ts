// Reads a session's answers (records.ts) and makes sentences of them.
import { fstatSync, readSync } from "node:fs";
import { type ByteString, fromBytes, toText } from "../../base/byte-string.ts";
import { ERRNO, errnoPhrase } from "../../base/errno.ts";
import type { IdMapping } from "../../spec/runtime/config.ts";
import { ANSWER, ANSWER_SIZE, STEP } from "./records.ts";

export interface Answer {
  readonly kind: number;
  readonly errno: number;
  readonly step: number;
  readonly uid: number;
  readonly gid: number;
  readonly path: ByteString;
  /** Of an extended attribute; empty when it is about something else. */
  readonly name: string;
}

/** Something of an entry that was left out. */
export interface TreeWarning {
  readonly path: ByteString;
  readonly message: string;
}

export interface Answers {
  readonly failed: Answer | undefined;
  readonly warnings: readonly TreeWarning[];
  /** How many more warnings there were than `warnings` holds. */
  readonly warningsLeftOut: number;
  readonly implied: readonly ByteString[];
}

/** A tree of a million devices gives a million warnings; nobody reads more than these. */
export const WARNINGS_MAX = 1000;
const CHUNK = 256 * 1024;

/** The answers in a file. A torn last one (the launcher was killed while it wrote) is left out. */
export function readAnswers(fd: number): Answers {
  const warnings: TreeWarning[] = [];
  const implied: ByteString[] = [];
  let failed: Answer | undefined;
  let warned = 0;
  for (const answer of answersOf(fd)) {
    if (answer.kind === ANSWER.implied) implied.push(answer.path);
    else if (answer.kind === ANSWER.failed) failed = answer;
    else if (warned++ < WARNINGS_MAX) warnings.push({ path: answer.path, message: warningText(answer) });
  }
  return { failed, warnings, warningsLeftOut: Math.max(0, warned - WARNINGS_MAX), implied };
}

function* answersOf(fd: number): Generator<Answer> {
  const chunk = Buffer.alloc(CHUNK);
  const size = fstatSync(fd).size;
  for (let at = 0; at + ANSWER_SIZE <= size; ) {
    const got = chunk.subarray(0, readSync(fd, chunk, 0, CHUNK, at));
    let used = 0;
    while (used + ANSWER_SIZE <= got.length) {
      const length = got.readUInt32LE(used);
      if (length < ANSWER_SIZE || used + length > got.length) break;
      yield decodeAnswer(got.subarray(used, used + length));
      used += length;
    }
    if (used === 0) return;
    at += used;
  }
}

function decodeAnswer(bytes: Buffer): Answer {
  const pathEnd = ANSWER_SIZE + bytes.readUInt32LE(24);
  return {
    kind: bytes.readUInt32LE(4),
    errno: bytes.readUInt32LE(8),
    step: bytes.readUInt32LE(12),
    uid: bytes.readUInt32LE(16),
    gid: bytes.readUInt32LE(20),
    path: fromBytes(bytes.subarray(ANSWER_SIZE, pathEnd)),
    name: bytes.toString("utf8", pathEnd),
  };
}

function warningText({ name, errno }: Answer): string {
  return name === ""
    ? `the device is left out: ${errnoPhrase(errno)}; without root no devices can be made`
    : `the extended attribute ${name} is left out: ${errnoPhrase(errno)}`;
}

const STEP_TEXT: Readonly<Record<number, string>> = {
  [STEP.owner]: "owner: ",
  [STEP.mode]: "mode: ",
  [STEP.xattr]: "extended attributes: ",
  [STEP.times]: "times: ",
};

export interface Maps {
  readonly uids: readonly IdMapping[];
  readonly gids: readonly IdMapping[];
}

/** `make usr/bin/ls of the layer: no space left on device (ENOSPC)`. */
export function failureText(answer: Answer, verb: string, subject: string, maps: Maps | undefined): string {
  const what = `${verb} ${answer.path === "" ? "the root directory" : toText(answer.path)} of ${subject}`;
  const unmapped =
    answer.errno === ERRNO.EINVAL && answer.step === STEP.owner && maps !== undefined ? unmappedText(answer, maps) : undefined;
  return `${what}: ${unmapped ?? `${STEP_TEXT[answer.step] ?? ""}${errnoPhrase(answer.errno)}`}`;
}

/** chown(2) gives EINVAL for an id that the user namespace does not have. */
function unmappedText({ uid, gid }: Answer, { uids, gids }: Maps): string | undefined {
  const missing = [...(isMapped(uid, uids) ? [] : [`user ${uid}`]), ...(isMapped(gid, gids) ? [] : [`group ${gid}`])];
  if (missing.length === 0) return undefined;
  return `${missing.join(" and ")} is not mapped in the user namespace (EINVAL); the caller needs more subordinate ids: see subuid(5)`;
}

function isMapped(id: number, maps: readonly IdMapping[]): boolean {
  return maps.some(({ containerID, size }) => id >= containerID && id < containerID + size);
}
