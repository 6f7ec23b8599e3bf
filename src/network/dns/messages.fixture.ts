// Messages for tests, made here and not by the code that they test.

export interface MessageParts {
  readonly id?: number;
  readonly flags?: number;
  readonly name?: string | readonly Uint8Array[];
  readonly type?: number;
  readonly class?: number;
  /** Of the header, where they are not what the message has. */
  readonly counts?: readonly [number, number, number, number];
  /** Records after the question, as they are. */
  readonly rest?: Uint8Array;
}

/** A question, recursion desired, unless it is told otherwise. */
export function message({
  id = 0x1234,
  flags = 0x0100,
  name = "web",
  type = 1,
  class: kind = 1,
  counts,
  rest,
}: MessageParts = {}): Uint8Array {
  const labels =
    typeof name === "string"
      ? name
          .split(".")
          .filter(Boolean)
          .map((label) => Buffer.from(label))
      : name;
  const word = (value: number) => [value >> 8, value & 0xff];
  return Uint8Array.from([
    ...[id, flags, ...(counts ?? [1, 0, 0, rest === undefined ? 0 : 1])].flatMap(word),
    ...labels.flatMap((label) => [label.length, ...label]),
    0,
    ...[type, kind].flatMap(word),
    ...(rest ?? []),
  ]);
}

/** The record of extensions (RFC 6891 section 6.1.2). */
export function edns(size: number, { signatures = false, options = [] as readonly number[] } = {}): Uint8Array {
  return Uint8Array.from([
    0,
    0,
    41,
    size >> 8,
    size & 0xff,
    0,
    0,
    signatures ? 0x80 : 0,
    0,
    options.length >> 8,
    options.length & 0xff,
    ...options,
  ]);
}
