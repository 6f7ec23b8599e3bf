// Ranges of bytes: HTTP's Content-Range of a resumed download (RFC 9110 §14.4), and the ranges of chunked uploads, which have no unit
// (distribution-spec 1.1, "Pushing a blob in chunks").

export interface ByteRange {
  readonly first: number;
  /** The last byte itself, not the one after. */
  readonly last: number;
}

export interface ContentRange extends ByteRange {
  /** Of the whole; absent when the server does not know. */
  readonly total?: number;
}

const CONTENT_RANGE = /^bytes (\d{1,16})-(\d{1,16})\/(?:(\d{1,16})|\*)$/i;
const UPLOAD_RANGE = /^(?:bytes=)?(\d{1,16})-(\d{1,16})$/i;

/** Reads `bytes 0-99/200` or `bytes 0-99/*`; undefined for everything that is no range of bytes in order. */
export function parseContentRange(field: string): ContentRange | undefined {
  const [, first, last, total] = CONTENT_RANGE.exec(field.trim()) ?? [];
  const range = ordered(first, last);
  if (range === undefined || total === undefined) return range;
  const whole = Number(total);
  return Number.isSafeInteger(whole) && range.last < whole ? { ...range, total: whole } : undefined;
}

/** Reads `0-1023`, a chunk's Content-Range or an upload's Range. */
export function parseUploadRange(field: string): ByteRange | undefined {
  const [, first, last] = UPLOAD_RANGE.exec(field.trim()) ?? [];
  return ordered(first, last);
}

function ordered(first = "", last = ""): ByteRange | undefined {
  const range = { first: Number(first), last: Number(last) };
  if (first === "" || last === "" || range.first > range.last || !Number.isSafeInteger(range.last)) return undefined;
  return range;
}

/**
 * The offset at which an upload goes on, from the Range of its status; undefined when there is none to trust. `0-0` is what registries
 * send for no bytes as well as for one, so it counts as none: sending the first byte again is refused or harmless, leaving it out is neither.
 */
export function nextUploadOffset(field: string | null | undefined): number | undefined {
  if (field === null || field === undefined) return undefined;
  const range = parseUploadRange(field);
  if (range === undefined || range.first !== 0) return undefined;
  return range.last === 0 ? 0 : range.last + 1;
}

/** A chunk's Content-Range, and the Range of an upload's status: `0-1023`. */
export function formatUploadRange({ first, last }: ByteRange): string {
  return `${first}-${last}`;
}

/** The Range of a download that goes on: `bytes=1024-`. */
export function rangeFrom(offset: number): string {
  return `bytes=${offset}-`;
}
