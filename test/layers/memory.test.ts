import { expect, test } from "bun:test";
import { join } from "node:path";
import { runOk } from "../support/run.ts";

test.each(["none", "gzip", "zstd"])(
  "a large layer, %s, is packed and applied within 150 MiB",
  async (compression) => {
    const peak = Number(await runOk([process.execPath, join(import.meta.dir, "memory.script.ts"), compression], { timeoutMs: 110_000 }));
    expect(peak).toBeGreaterThan(10);
    expect(peak).toBeLessThan(150);
  },
  120_000,
);
