// Asks a person on the terminal; a secret without showing it.
import { readSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import type { CliContext } from "../command.ts";
import { enterRawMode } from "./tty.ts";

const STDIN = 0;
const LONGEST = 64 * 1024;

/** Keys that edit a line in raw mode (termios(3), ICANON). */
const KEYS = { enter: [0x0a, 0x0d], interrupt: 0x03, end: 0x04, erase: [0x08, 0x7f], clear: 0x15 } as const;

/** A line as the terminal edits it; without the line's end. */
export function ask(question: string, context: CliContext): string {
  context.err(question);
  return readLine();
}

/** @throws TeuError `unavailable` when it is interrupted. */
export function askSecret(question: string, context: CliContext): string {
  context.err(question);
  const raw = enterRawMode(STDIN);
  const typed: number[] = [];
  try {
    for (;;) {
      const key = readByte();
      if (key === undefined || KEYS.enter.some((enter) => enter === key)) break;
      if (key === KEYS.interrupt) throw new TeuError("unavailable", "interrupted");
      if (key === KEYS.end && typed.length === 0) break;
      if (KEYS.erase.some((erase) => erase === key)) eraseCharacter(typed);
      else if (key === KEYS.clear) typed.length = 0;
      else if (typed.length < LONGEST) typed.push(key);
    }
  } finally {
    raw.leave();
    context.err("\n");
  }
  return Buffer.from(typed).toString("utf8");
}

/** The last character, all bytes of its UTF-8. */
function eraseCharacter(typed: number[]): void {
  while (((typed.pop() ?? 0) & 0xc0) === 0x80);
}

/** All of standard input, less one end of line. @throws TeuError `invalid` when it is longer than any secret */
export function readSecretInput(): string {
  const bytes: number[] = [];
  for (let byte = readByte(); byte !== undefined; byte = readByte()) {
    if (bytes.length === LONGEST) throw new TeuError("invalid", `standard input is longer than ${LONGEST} bytes, which no password is`);
    bytes.push(byte);
  }
  return Buffer.from(bytes)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

function readLine(): string {
  const bytes: number[] = [];
  for (let byte = readByte(); byte !== undefined && byte !== 0x0a && bytes.length < LONGEST; byte = readByte()) bytes.push(byte);
  return Buffer.from(bytes).toString("utf8").replace(/\r$/, "");
}

const POLL_MS = 20;

/** Undefined at the end. One at a time: what comes after the line is not ours. */
function readByte(): number | undefined {
  const byte = Buffer.alloc(1);
  for (;;) {
    try {
      return readSync(STDIN, byte, 0, 1, null) === 0 ? undefined : byte[0];
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EOF" || code === "EIO") return undefined;
      if (code !== "EAGAIN") throw error;
      Bun.sleepSync(POLL_MS); // somebody made the terminal non-blocking
    }
  }
}
