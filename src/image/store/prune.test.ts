import { describe, expect, test } from "bun:test";
import type { ImageConfig } from "../../spec/image/image-config.ts";
import { type ConfigFilter, passesFilter } from "./prune.ts";

const CONFIG: ImageConfig = {
  created: "2026-02-01T00:00:00Z",
  architecture: "amd64",
  os: "linux",
  config: { Labels: { stage: "test", empty: "" } },
  rootfs: { type: "layers", diff_ids: [] },
};

describe("docker's prune filters", () => {
  const label = (key: string, value?: string, negated = false) => ({
    labels: [{ key, negated, ...(value === undefined ? {} : { value }) }],
  });
  const rows: readonly [string, ConfigFilter, boolean][] = [
    ["none take everything", {}, true],
    ["until takes what was created before", { until: Date.parse("2026-02-02") }, true],
    ["until leaves what was created later", { until: Date.parse("2026-01-31") }, false],
    ["label by key", label("stage"), true],
    ["label by key and value", label("stage", "test"), true],
    ["label with another value", label("stage", "live"), false],
    ["label that is not there", label("toString"), false],
    ["label with the empty value", label("empty", ""), true],
    ["label!= of one that is there", label("stage", undefined, true), false],
    ["label!= of another value", label("stage", "live", true), true],
    ["all must hold", { until: 0, ...label("stage") }, false],
  ];
  for (const [name, filter, want] of rows) test(name, () => expect(passesFilter(CONFIG, filter)).toBe(want));

  test("until leaves an image that does not say when it was created", () => {
    const { created, ...undated } = CONFIG;
    expect(created).toBeDefined();
    expect(passesFilter(undated, { until: Date.now() })).toBe(false);
  });
});
