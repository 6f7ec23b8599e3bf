// JSON with integers of 64 bits: the other direction of read.ts.

declare global {
  // In ES2026 and in the engine; TypeScript's library does not have it yet.
  interface JSON {
    rawJSON(text: string): unknown;
  }
}

/** A value as JSON in which a bigint is a number with all its digits. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) => (typeof member === "bigint" ? JSON.rawJSON(String(member)) : member));
}
