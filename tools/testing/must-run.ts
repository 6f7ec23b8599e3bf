// Tests that continuous integration may not skip: a suite that skips what it exists for is green and worthless.
// Only with CI=true; by hand, a skipped test is shown and counted, no more.
import type { SkippedTest } from "./junit.ts";

/** Files (or folders, with a final slash) of which no test may be skipped when CI=true. */
export const MUST_RUN: readonly string[] = [
  "test/cli/",
  "test/launcher/",
  "test/netlink/",
  "test/conformance/",
  "test/peers/",
  "test/images/interop/",
  "test/qemu/",
  "test/tree/",
  "test/layers/",
  "test/store/",
  "test/registry/",
  "test/archives/",
  "test/images/",
  "test/snapshots/",
  "test/containers/",
  "test/volumes/",
  "test/faults/images/",
  "test/faults/containers/",
  "test/fuzz/",
  "test/support/bundle.test.ts",
];

/** The skipped tests that should not have been. */
export function wronglySkipped(skipped: readonly SkippedTest[], mustRun: readonly string[] = MUST_RUN): readonly SkippedTest[] {
  return skipped.filter(({ file }) => mustRun.some((path) => (path.endsWith("/") ? file.startsWith(path) : file === path)));
}
