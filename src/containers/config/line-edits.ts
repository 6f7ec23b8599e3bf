// Changes of a file of lines, such as hosts(5), that others read meanwhile. One write(2) is not seen whole by who reads just then: on ext4 and
// tmpfs, one of some hundred reads beside a program that goes on writing had the beginning of one text and the end of the other. So each step leaves lines that mean
// something whole: a line is written as a comment, and then begins to hold by one byte; it ends by one byte, and is blanked behind that. Pure.

/** Bytes to write at a place, none of them further behind the end than the next byte. */
export interface Edit {
  readonly at: number;
  readonly bytes: Uint8Array;
}

interface Line {
  readonly at: number;
  readonly text: string;
  /** Bytes without the newline. */
  readonly length: number;
}

const [SPACE, NEWLINE, COMMENT] = [0x20, 0x0a, 0x23];

/**
 * The steps from one text to another that has these lines; those that both have stay where they are, others go where there is room. Lines that are
 * new hold before those that are gone have ended.
 */
export function lineEdits(current: string, wanted: readonly string[]): readonly Edit[] {
  const missing = [...wanted];
  const gone: Line[] = [];
  const blank: Line[] = [];
  for (const line of linesOf(current)) {
    const at = missing.indexOf(line.text);
    if (line.text.trim() === "") blank.push(line);
    else if (at >= 0) missing.splice(at, 1);
    else gone.push(line);
  }
  const room = new Room(current, blank);
  const added = missing.map((text) => room.add(Buffer.from(text)));
  return [...(missing.length === 0 ? [] : joined(blank)), ...added.flat(), ...gone.flatMap(removal)];
}

const byte = (at: number, value: number): Edit => ({ at, bytes: Uint8Array.of(value) });

function removal({ at, length }: Line): Edit[] {
  return [byte(at, COMMENT), { at: at + 1, bytes: new Uint8Array(length - 1).fill(SPACE) }, byte(at, SPACE)];
}

/** Blank lines that follow each other become one: else there would ever be room for short lines only. */
function joined(blank: readonly Line[]): Edit[] {
  return blank.flatMap(({ at, length }, index) => (blank[index + 1]?.at === at + length + 1 ? [byte(at + length, SPACE)] : []));
}

function runs(blank: readonly Line[]): { at: number; length: number }[] {
  const found: { at: number; length: number }[] = [];
  for (const { at, length } of blank) {
    const last = found.at(-1);
    if (last !== undefined && last.at + last.length + 1 === at) last.length += 1 + length;
    else found.push({ at, length });
  }
  return found;
}

/** Where lines may be written: blank ones, and behind the end. */
class Room {
  #end: number;
  #free: { at: number; length: number }[];
  #endsOpen: boolean;

  constructor(current: string, blank: readonly Line[]) {
    this.#end = Buffer.byteLength(current);
    this.#endsOpen = current !== "" && !current.endsWith("\n");
    // What lies behind the last newline has none.
    this.#free = runs(blank).filter(({ at, length }) => at + length < this.#end);
  }

  add(line: Uint8Array): Edit[] {
    const space = this.#free.find(({ length }) => length >= line.length);
    return space === undefined ? this.#append(line) : within(space, line);
  }

  #append(line: Uint8Array): Edit[] {
    const first = this.#endsOpen ? [byte(this.#end++, NEWLINE)] : [];
    this.#endsOpen = false;
    const at = this.#end;
    this.#end += line.length + 1;
    return [...first, ...written(at, line), byte(at + line.length, NEWLINE), ...begun(at, line)];
  }
}

function within(space: { at: number; length: number }, line: Uint8Array): Edit[] {
  const { at, length } = space;
  space.at += line.length + 1;
  space.length -= line.length + 1;
  return [...written(at, line), ...(line.length < length ? [byte(at + line.length, NEWLINE)] : []), ...begun(at, line)];
}

const written = (at: number, line: Uint8Array): Edit[] => [byte(at, COMMENT), { at: at + 1, bytes: line.subarray(1) }];
const begun = (at: number, line: Uint8Array): Edit[] => [{ at, bytes: line.subarray(0, 1) }];

function linesOf(text: string): Line[] {
  let at = 0;
  return text.split("\n").flatMap((line) => {
    const length = Buffer.byteLength(line);
    const here = { at, text: line, length };
    at += length + 1;
    return length === 0 ? [] : [here];
  });
}
