import { describe, expect, test } from "bun:test";
import { digestOf } from "../../base/digest.ts";
import type { LayerEvent, LayerState } from "../../image/ports/progress.ts";
import { type Board, EMPTY_BOARD, withEvent } from "./board.ts";
import { frameOf } from "./frame.ts";

const MB = 1_000_000;

function layer(id: string, state: LayerState, more: Partial<LayerEvent> = {}): LayerEvent {
  return { kind: "layer", id, digest: digestOf(id), state, ...more };
}

function boardOf(...events: readonly (readonly [at: number, event: LayerEvent])[]): Board {
  return events.reduce((board, [at, event]) => withEvent(board, event, at), EMPTY_BOARD);
}

const HALF = boardOf(
  [0, layer("aaaaaaaaaaaa", "downloading", { current: 0, total: 31.4 * MB })],
  [2000, layer("aaaaaaaaaaaa", "downloading", { current: 12.3 * MB, total: 31.4 * MB })],
);

describe("a layer's line", () => {
  for (const { name, width, want } of [
    {
      name: "has docker's bar where there is room",
      width: 200,
      want: `aaaaaaaaaaaa: Downloading [${"=".repeat(19)}>${" ".repeat(30)}]  12.3MB/31.4MB  6.15MB/s`,
    },
    {
      name: "has a shorter bar in a usual window",
      width: 80,
      want: `aaaaaaaaaaaa: Downloading [${"=".repeat(10)}>${" ".repeat(15)}]  12.3MB/31.4MB  6.15MB/s`,
    },
    { name: "goes without the rate in a narrow one", width: 56, want: `aaaaaaaaaaaa: Downloading [====>       ]  12.3MB/31.4MB` },
    { name: "goes without the bar in a very narrow one", width: 45, want: "aaaaaaaaaaaa: Downloading 12.3MB/31.4MB" },
    { name: "is cut in the narrowest", width: 20, want: "aaaaaaaaaaaa: Down…" },
  ]) {
    test(`${name} (${width})`, () => {
      const [line = ""] = frameOf(HALF, { width, height: 24 });
      expect(line).toBe(want);
      expect(line.length).toBeLessThan(width);
    });
  }

  for (const { event, want } of [
    { event: layer("b", "found"), want: "b: Pulling fs layer" },
    { event: layer("b", "pushing", { current: 5 * MB }), want: "b: Pushing  5MB" },
    { event: layer("b", "extracting", { current: 0, total: 0 }), want: "b: Extracting 0B/0B" },
    { event: layer("b", "mounted", { detail: "library/debian" }), want: "b: Mounted from library/debian" },
    { event: layer("b", "failed", { detail: "no\x1b[2Jroute" }), want: "b: Failed: no\\x1b[2Jroute" },
  ]) {
    test(`is ${JSON.stringify(want)}`, () => expect(frameOf(boardOf([0, event]), { width: 80, height: 24 })).toEqual([want]));
  }
});

test("a finished bar is full, and one that goes beyond its end is no wider", () => {
  for (const current of [10, 15]) {
    const [line = ""] = frameOf(boardOf([0, layer("b", "downloading", { current, total: 10 })]), { width: 60, height: 9 });
    expect(line).toMatch(/^b: Downloading \[=+\] {2}1\dB/);
    expect(line.length).toBeLessThan(60);
  }
});

test("a rate needs a second, and begins anew with a state", () => {
  const line = (board: Board) => frameOf(board, { width: 100, height: 9 })[0];
  const early = boardOf([0, layer("b", "downloading", { current: 0 })], [900, layer("b", "downloading", { current: MB })]);
  expect(line(early)).toBe("b: Downloading  1MB");
  const later = withEvent(early, layer("b", "downloading", { current: 2 * MB }), 1000);
  expect(line(later)).toBe("b: Downloading  2MB  2MB/s");
  expect(line(withEvent(later, layer("b", "extracting", { current: 1 }), 1100))).toBe("b: Extracting  1B");
});

test("more layers than rows: those that move stay, and a line tells of the rest", () => {
  const board = boardOf(
    [0, layer("a", "pulled")],
    [0, layer("b", "waiting")],
    [0, layer("c", "downloading", { current: 1 })],
    [0, layer("d", "present")],
    [0, layer("e", "extracting", { current: 2 })],
  );
  expect(frameOf(board, { width: 80, height: 6 })).toHaveLength(5);
  expect(frameOf(board, { width: 80, height: 5 })).toEqual([
    "2 of 5 layers complete",
    "b: Waiting",
    "c: Downloading  1B",
    "e: Extracting  2B",
  ]);
  expect(frameOf(board, { width: 80, height: 3 })).toEqual(["2 of 5 layers complete", "c: Downloading  1B"]);
  expect(frameOf(board, { width: 80, height: 1 })).toEqual(["2 of 5 layers complete"]);
});
