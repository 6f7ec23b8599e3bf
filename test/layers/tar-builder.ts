// Tars made by hand, byte for byte, right or wrong as a test wants: nothing here is shared with the code under test.

export interface Header {
  readonly name?: string;
  readonly flag?: string;
  /** Numbers are written octal, texts as they are. */
  readonly size?: number | string;
  readonly mode?: number | string;
  readonly uid?: number | string;
  readonly gid?: number | string;
  readonly mtime?: number | string;
  readonly target?: string;
  readonly magic?: string;
  readonly major?: number | string;
  readonly minor?: number | string;
  readonly prefix?: string;
  /** Bytes put over everything else, by offset. */
  readonly raw?: readonly (readonly [number, string])[];
  /** What is added to the right checksum. */
  readonly lie?: number;
  /** Sums bytes as signed, as old writers did. */
  readonly signed?: true;
}

const octal = (value: number | string, length: number): string =>
  typeof value === "string" ? value : `${value.toString(8).padStart(length - 1, "0")}\0`;

/** One header block. */
export function header(fields: Header): Buffer {
  const block = Buffer.alloc(512);
  const put = (offset: number, text: string) => block.write(text, offset, "latin1");
  put(0, fields.name ?? "");
  put(100, octal(fields.mode ?? 0o644, 8));
  put(108, octal(fields.uid ?? 0, 8));
  put(116, octal(fields.gid ?? 0, 8));
  put(124, octal(fields.size ?? 0, 12));
  put(136, octal(fields.mtime ?? 0, 12));
  put(156, fields.flag ?? "0");
  put(157, fields.target ?? "");
  put(257, fields.magic ?? "ustar\x0000");
  put(329, octal(fields.major ?? 0, 8));
  put(337, octal(fields.minor ?? 0, 8));
  put(345, fields.prefix ?? "");
  for (const [offset, bytes] of fields.raw ?? []) put(offset, bytes);
  block.fill(0x20, 148, 156);
  const sum = [...block].reduce((total, byte) => total + (fields.signed && byte > 127 ? byte - 256 : byte), 0) + (fields.lie ?? 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

/** A body filled up to whole blocks. */
export function filled(body: Buffer | string): Buffer {
  const bytes = typeof body === "string" ? Buffer.from(body, "latin1") : body;
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

/** A file with its data. */
export function file(name: string, data = "", fields: Header = {}): Buffer {
  return Buffer.concat([header({ name, size: data.length, ...fields }), filled(data)]);
}

export const directory = (name: string, fields: Header = {}): Buffer => header({ name, flag: "5", mode: 0o755, ...fields });

/** PAX records with true lengths. */
export function records(values: readonly (readonly [string, string])[]): string {
  return values
    .map(([key, value]) => {
      const rest = ` ${key}=${value}\n`;
      let length = rest.length;
      while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
      return length + rest;
    })
    .join("");
}

/** An extended header of the records, or of a body as it is. */
export function pax(values: readonly (readonly [string, string])[] | string, flag = "x"): Buffer {
  const body = typeof values === "string" ? values : records(values);
  return Buffer.concat([header({ name: "PaxHeaders/x", flag, size: body.length }), filled(body)]);
}

/** A GNU long name (`L`) or long target (`K`). */
export function long(flag: "L" | "K", text: string): Buffer {
  return Buffer.concat([header({ name: "././@LongLink", flag, size: text.length + 1, magic: "ustar  \0" }), filled(`${text}\0`)]);
}

/** An archive with its end. */
export function archive(...members: readonly Buffer[]): Buffer {
  return Buffer.concat([...members, Buffer.alloc(1024)]);
}
