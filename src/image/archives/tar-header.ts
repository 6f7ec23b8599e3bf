// Headers of the tars that archives of images are: plain files and directories, owned by root, at the start of the epoch, so that the same
// images give the same bytes. POSIX.1-2017 pax, "ustar Interchange Format"; an extended header where a name or a size does not fit.

const BLOCK = 512;
const LONGEST_NAME = 100;
/** Eleven octal digits. */
const LARGEST_SIZE = 8 ** 11 - 1;

/** What follows the last entry: two blocks of zeros. */
export const TAR_END = new Uint8Array(2 * BLOCK);

/** Bytes up to the next whole block. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function octal(value: number, digits: number): string {
  return `${value.toString(8).padStart(digits, "0")}\0`;
}

function block(name: string, size: number, type: "0" | "5" | "x"): Uint8Array {
  const bytes = Buffer.alloc(BLOCK);
  const put = (text: string, offset: number) => bytes.write(text, offset, "latin1");
  put(name.slice(0, LONGEST_NAME), 0);
  put(octal(type === "5" ? 0o755 : 0o644, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(Math.min(size, LARGEST_SIZE), 11), 124);
  put(octal(0, 11), 136);
  put(" ".repeat(8), 148);
  put(type, 156);
  put("ustar\x0000", 257);
  put(
    `${octal(
      bytes.reduce((sum, byte) => sum + byte, 0),
      6,
    )} `,
    148,
  );
  return bytes;
}

/** `length key=value\n`, whose length counts its own digits. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}${rest}`.length !== length) length++;
  return `${length}${rest}`;
}

/** The header of an entry, its extended header in front where one is needed. `name`: ASCII; that of a directory ends in a slash. */
export function tarHeader(name: string, size: number): Uint8Array {
  const head = block(name, size, name.endsWith("/") ? "5" : "0");
  const long = `${name.length > LONGEST_NAME ? record("path", name) : ""}${size > LARGEST_SIZE ? record("size", String(size)) : ""}`;
  if (long === "") return head;
  const extension = Buffer.alloc(long.length + paddingOf(long.length));
  extension.write(long, "latin1");
  return Buffer.concat([block("extended-header", long.length, "x"), extension, head]);
}
