// Parts of volumes as mounts, with links that containers have put into the volume (CVE-2017-1002101), and with somebody who swaps them meanwhile
// (CVE-2021-25741). Needs root.
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bundle, makeBundle, mountAt, runInside, SHOW, succeeded } from "../support/mount-plan.ts";
import { LAUNCHER } from "../support/run-plan.ts";

const able = process.getuid?.() === 0 && existsSync(LAUNCHER);
if (!able) console.error("SKIPPED test/volumes/sub-paths.test.ts: needs root and bin/teu-launcher");

const RACES = 60;

/** A volume with a directory, a file and links, and beside it what nobody may see. */
function makeVolume({ dir }: Bundle): string {
  const volume = join(dir, "volume");
  mkdirSync(join(volume, "a/b"), { recursive: true });
  writeFileSync(join(volume, "a/b/marker"), "inside\n");
  mkdirSync(join(dir, "secret"));
  writeFileSync(join(dir, "secret/marker"), "outside\n");
  symlinkSync("../secret", join(volume, "up"));
  symlinkSync(join(dir, "secret"), join(volume, "absolute"));
  symlinkSync("/a", join(volume, "own"));
  return volume;
}

const mountOf = (source: string, subpath: string, ...options: readonly string[]) => ({
  mounts: [{ destination: "/part", type: "bind", source, options: ["rbind", "rprivate", ...options, `x-teu.subpath=${subpath}`] }],
});

describe.skipIf(!able)("a part of a volume", () => {
  test("is a directory of it, read-only where that is asked for", async () => {
    using bundle = makeBundle();
    const volume = makeVolume(bundle);
    const output = succeeded(await runInside(bundle, { config: mountOf(volume, "a/b", "rro"), script: `cat /part/marker; ${SHOW}` }));
    expect(output).toStartWith("inside\n");
    expect(mountAt(output, "/part")).toMatchObject({ options: expect.arrayContaining(["ro"]) });
  });

  test("is a file of it, on a file", async () => {
    using bundle = makeBundle();
    const volume = makeVolume(bundle);
    const result = await runInside(bundle, { config: mountOf(volume, "a/b/marker"), script: "cat /part; echo more >> /part; cat /part" });
    expect(succeeded(result)).toBe("inside\ninside\nmore\n");
  });

  test("is found by links, which mean places in the volume", async () => {
    using bundle = makeBundle();
    const volume = makeVolume(bundle);
    expect(succeeded(await runInside(bundle, { config: mountOf(volume, "own/b"), script: "cat /part/marker" }))).toBe("inside\n");
  });

  for (const subpath of ["up", "absolute", "a/../../secret", "none"]) {
    test(`is not ${subpath}`, async () => {
      using bundle = makeBundle();
      const result = await runInside(bundle, { config: mountOf(makeVolume(bundle), subpath), script: "cat /part/marker" });
      expect(result.stdout).toBe("");
      expect(result.failure).toStartWith("ENOENT");
    });
  }

  test("is never what somebody swaps for it", async () => {
    using bundle = makeBundle();
    const volume = makeVolume(bundle);
    const swap = `cd ${volume} && while :; do mv -T a spare; ln -s ${bundle.dir}/secret a; rm a; ln -s ../secret a; rm a; mv -T spare a; done`;
    const swapper = Bun.spawn(["sh", "-c", swap], { stdio: ["ignore", "ignore", "ignore"] });
    try {
      mkdirSync(join(bundle.dir, "secret/b"));
      writeFileSync(join(bundle.dir, "secret/b/marker"), "outside\n");
      const seen = new Set<string>();
      for (let race = 0; race < RACES; race++) {
        const { stdout } = await runInside(bundle, { config: mountOf(volume, "a/b"), script: "cat /part/marker" });
        seen.add(stdout);
      }
      seen.delete(""); // it was not there just then
      expect([...seen]).toEqual(["inside\n"]);
    } finally {
      swapper.kill("SIGKILL");
      await swapper.exited;
    }
  });
});
