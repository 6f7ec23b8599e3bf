import { describe, expect, test } from "bun:test";
import { digestOf } from "../../base/digest.ts";
import { type LayerState, layerId, type ProgressEvent } from "../../image/ports/progress.ts";
import { jsonView, type LineView, plainView, quietView } from "./lines.ts";

const layer = (state: LayerState, current?: number): ProgressEvent => ({
  kind: "layer",
  id: "a2abf6c4d29d",
  digest: digestOf("x"),
  state,
  ...(current === undefined ? {} : { current, total: 100 }),
});

/** Events of one pull, with the millisecond that each comes at. */
const PULL: readonly (readonly [number, ProgressEvent])[] = [
  [0, { kind: "message", id: "12", text: "Pulling from library/debian" }],
  [1, layer("found")],
  [2, layer("downloading", 0)],
  [50, layer("downloading", 40)],
  [60, layer("downloading", 60)],
  [150, layer("downloading", 80)],
  [151, layer("downloading", 100)],
  [152, layer("verifying")],
  [153, layer("verifying")],
  [160, layer("pulled")],
  [161, { kind: "message", text: "docker.io/library/debian:12", last: true }],
];

const shown = (view: LineView) => PULL.map(([at, event]) => view(event, at)).join("");

describe("a pull that is shown", () => {
  test("in plain lines has each state once, and no bytes", () => {
    expect(shown(plainView())).toBe(
      "12: Pulling from library/debian\na2abf6c4d29d: Pulling fs layer\na2abf6c4d29d: Verifying Checksum\na2abf6c4d29d: Pull complete\ndocker.io/library/debian:12\n",
    );
  });

  test("quietly has the outcome", () => expect(shown(quietView())).toBe("docker.io/library/debian:12\n"));

  test("as JSON has docker's objects, ten a second and the last of a state", () => {
    const bytes = (current: number) => `{"status":"Downloading","progressDetail":{"current":${current},"total":100},"id":"a2abf6c4d29d"}`;
    const state = (status: string) => `{"status":"${status}","progressDetail":{},"id":"a2abf6c4d29d"}`;
    expect(shown(jsonView()).split("\n")).toEqual([
      '{"status":"Pulling from library/debian","id":"12"}',
      state("Pulling fs layer"),
      bytes(0),
      bytes(80),
      bytes(100),
      state("Verifying Checksum"),
      state("Pull complete"),
      '{"status":"docker.io/library/debian:12"}',
      "",
    ]);
  });
});

test("a layer is called by twelve digits of its digest", () => {
  expect(layerId(digestOf("x"))).toMatch(/^[0-9a-f]{12}$/);
});
