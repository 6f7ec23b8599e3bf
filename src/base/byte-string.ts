// Names of files are bytes without a meaning to the kernel (path_resolution(7)), and real images hold some that are not UTF-8. A byte
// string holds one byte in each character, so that names are compared, cut and used as keys like any string, and come back unharmed.

declare const byteBrand: unique symbol;
/** A string whose characters are bytes, 0 to 255. */
export type ByteString = string & { readonly [byteBrand]: true };

/** The bytes of a text in UTF-8. */
export function byteString(text: string): ByteString {
  return Buffer.from(text, "utf8").toString("latin1") as ByteString;
}

export function fromBytes(bytes: Uint8Array): ByteString {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1") as ByteString;
}

export function toBytes(name: ByteString): Uint8Array {
  return Buffer.from(name, "latin1");
}

/** For people: the UTF-8 text, with what is none shown as U+FFFD. */
export function toText(name: ByteString): string {
  return Buffer.from(name, "latin1").toString("utf8");
}
