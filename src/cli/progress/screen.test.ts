// What a redraw leaves on a screen, by a terminal that knows the few escapes that are used.
import { describe, expect, test } from "bun:test";
import { redraw, type Screen } from "./screen.ts";

/** A terminal so wide that nothing wraps. */
class Terminal {
  rows: string[] = [""];
  #row = 0;
  #column = 0;

  write(text: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escapes are what is read
    for (const [, count, order, other = ""] of text.matchAll(/\x1b\[(\d*)([AJK])|([^\x1b])/g)) {
      if (order === "A") this.#row = Math.max(0, this.#row - Number(count));
      else if (order !== undefined) this.#clear(order === "J");
      else if (other === "\r") this.#column = 0;
      else if (other === "\n") {
        this.rows[++this.#row] ??= "";
        this.#column = 0; // the line discipline's onlcr
      } else this.#put(other);
    }
  }

  /** To the end of the row, or of the screen. */
  #clear(below: boolean): void {
    this.rows[this.#row] = (this.rows[this.#row] ?? "").slice(0, this.#column);
    if (below) this.rows.length = this.#row + 1;
  }

  #put(character: string): void {
    const row = this.rows[this.#row] ?? "";
    this.rows[this.#row] = row.slice(0, this.#column) + character + row.slice(this.#column + 1);
    this.#column++;
  }
}

const WINDOW = { width: 80, height: 24 };
const screen = (...lines: readonly string[]): Screen => ({ lines, width: WINDOW.width });

describe("a redraw", () => {
  test("writes the first frame as it is", () => expect(redraw(screen(), [], ["a", "b"], WINDOW)).toBe("\x1b[Ka\n\x1b[Kb\n"));

  test("writes nothing when nothing has changed", () => expect(redraw(screen("a", "b"), [], ["a", "b"], WINDOW)).toBe(""));

  test("writes only the line that has changed", () => {
    expect(redraw(screen("a", "b", "c"), [], ["a", "x", "c"], WINDOW)).toBe("\r\x1b[3A\n\x1b[Kx\n\n");
  });

  test("clears what is left of a longer frame", () => {
    expect(redraw(screen("a", "b"), [], ["a"], WINDOW)).toBe("\r\x1b[2A\n\x1b[J");
  });

  test("puts messages above the frame", () => {
    expect(redraw(screen("a"), ["hello"], ["a"], WINDOW)).toBe("\r\x1b[1A\x1b[Jhello\na\n");
  });

  test("goes up by the rows that lines take in a window that has got narrower", () => {
    const shown = screen("x".repeat(70), "b");
    expect(redraw(shown, [], ["c"], { width: 30, height: 24 })).toBe("\r\x1b[4A\x1b[Jc\n");
  });

  test("never goes above the window", () => {
    expect(redraw(screen(...Array.from({ length: 50 }, () => "x")), ["m"], [], { width: 80, height: 10 })).toStartWith("\r\x1b[9A");
  });

  test("leaves on a terminal what the last frame says, whatever came before", () => {
    const terminal = new Terminal();
    const frames: readonly (readonly string[])[] = [["one", "two"], ["one!", "two"], ["one!", "two", "three"], ["TWO"]];
    let shown = screen();
    for (const frame of frames) {
      terminal.write(redraw(shown, [], frame, WINDOW));
      shown = screen(...frame);
    }
    expect(terminal.rows).toEqual(["TWO", ""]);
    terminal.write(redraw(shown, ["done"], ["x", "y"], WINDOW));
    expect(terminal.rows).toEqual(["done", "x", "y", ""]);
  });
});
