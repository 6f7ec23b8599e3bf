// What tells the engines of one machine apart where they meet: in names of interfaces and tables of the kernel.

/** The engine that most machines have only. */
const MAIN_ROOT = "/var/lib/teu";
const DIGITS = 8;

/** `teu`, or `teu-` and eight digits for an engine with a root of its own: at most 12 bytes. */
export function engineTag(root: string): string {
  return root === MAIN_ROOT ? "teu" : `teu-${new Bun.CryptoHasher("sha256").update(root).digest("hex").slice(0, DIGITS)}`;
}

/** The bridge of the default network: `teu0`, or the tag of another engine. */
export function defaultInterface(root: string): string {
  return root === MAIN_ROOT ? "teu0" : engineTag(root);
}

const INTERFACE_DIGITS = 11;

/** The bridge of a network for which none is named: 14 of the 15 bytes that Linux has for it. */
export function interfaceOf(id: string): string {
  return `teu${id.slice(0, INTERFACE_DIGITS)}`;
}
