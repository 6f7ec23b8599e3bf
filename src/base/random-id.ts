// Ids that are made: docker's 64 hexadecimal digits, of containers, execs and volumes without a name.

const BYTES = 32;

export function randomId(): string {
  return crypto.getRandomValues(new Uint8Array(BYTES)).toHex();
}
