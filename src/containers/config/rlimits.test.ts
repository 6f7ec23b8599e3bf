import { describe, expect, test } from "bun:test";
import { clampRlimits, parseHardLimits, parseRlimit } from "./rlimits.ts";

const NO_LIMIT = 2n ** 64n - 1n;

describe("a limit of the command line", () => {
  for (const { text, want } of [
    { text: "nofile=1024:4096", want: { type: "RLIMIT_NOFILE", soft: 1024, hard: 4096 } },
    { text: "core=0", want: { type: "RLIMIT_CORE", soft: 0, hard: 0 } },
    { text: "memlock=-1", want: { type: "RLIMIT_MEMLOCK", soft: NO_LIMIT, hard: NO_LIMIT } },
    { text: "stack=8:unlimited", want: { type: "RLIMIT_STACK", soft: 8, hard: NO_LIMIT } },
    { text: "fsize=9007199254740993", want: { type: "RLIMIT_FSIZE", soft: 9007199254740993n, hard: 9007199254740993n } },
  ] as const) {
    test(`${text} is read`, () => expect(parseRlimit(text)).toEqual(want));
  }

  for (const { text, says } of [
    { text: "nofile", says: "is not TYPE=SOFT or TYPE=SOFT:HARD" },
    { text: "nofile=1:2:3", says: "is not TYPE=SOFT or TYPE=SOFT:HARD" },
    { text: "nofile=-2", says: "is not TYPE=SOFT or TYPE=SOFT:HARD" },
    { text: "files=1", says: "names no limit: there are cpu, fsize," },
    { text: "nofile=2:1", says: "has a soft limit above its hard one" },
    { text: "nofile=-1:1", says: "has a soft limit above its hard one" },
  ]) {
    test(`${text} is refused`, () => expect(() => parseRlimit(text)).toThrow(`${JSON.stringify(text)} ${says}`));
  }
});

describe("on a host whose hard limit is 20000", () => {
  const hard = { RLIMIT_NOFILE: 20_000 };
  const nofile = (soft: number | bigint, most: number | bigint) => ({ type: "RLIMIT_NOFILE" as const, soft, hard: most });

  for (const { name, asked, want, warned } of [
    { name: "a limit below it is given as it is", asked: nofile(10, 20_000), want: nofile(10, 20_000), warned: 0 },
    { name: "a hard limit above it becomes the host's", asked: nofile(10, 20_001), want: nofile(10, 20_000), warned: 1 },
    { name: "and the soft limit with it", asked: nofile(NO_LIMIT, NO_LIMIT), want: nofile(20_000, 20_000), warned: 1 },
  ]) {
    test(name, () => {
      const { rlimits, warnings } = clampRlimits([asked], hard);
      expect(rlimits).toEqual([want]);
      expect(warnings).toHaveLength(warned);
    });
  }

  test("a limit that the host does not name is given as it is", () => {
    const core = { type: "RLIMIT_CORE" as const, soft: NO_LIMIT, hard: NO_LIMIT };
    expect(clampRlimits([core], hard)).toEqual({ rlimits: [core], warnings: [] });
  });
});

test("hard limits are read from the text of /proc/self/limits", () => {
  const text = [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    "Max cpu time              unlimited            unlimited            seconds   ",
    "Max processes             96365                96365                processes ",
    "Max open files            20000                20001                files     ",
    "Max nice priority         0                    0                    ",
    "",
  ].join("\n");
  expect(parseHardLimits(text)).toEqual({ RLIMIT_CPU: NO_LIMIT, RLIMIT_NPROC: 96_365, RLIMIT_NOFILE: 20_001, RLIMIT_NICE: 0 });
});
