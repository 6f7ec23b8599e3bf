import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Seccomp } from "../../spec/runtime/config.ts";
import { cachedProgram, cacheKey } from "./cache.ts";
import { compileSeccomp } from "./compile.ts";

const PROFILE: Seccomp = {
  defaultAction: "SCMP_ACT_ERRNO",
  syscalls: [{ names: ["read", "no_such_call"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 1n << 63n, op: "SCMP_CMP_LT" }] }],
};

describe("the cache of compiled profiles", () => {
  let dir: string;
  beforeEach(() => {
    dir = join(mkdtempSync(join(tmpdir(), "seccomp-cache-")), "programs");
  });
  afterEach(() => rmSync(join(dir, ".."), { recursive: true }));

  const fetch = () => cachedProgram(PROFILE, "x86_64", { dir });
  const file = () => join(dir, `${cacheKey(PROFILE, "x86_64")}.bpf`);

  test("gives what the compiler gives, the first time and the second", () => {
    expect(fetch()).toEqual(compileSeccomp(PROFILE, "x86_64"));
    const before = statSync(file()).ino;
    expect(fetch()).toEqual(compileSeccomp(PROFILE, "x86_64"));
    expect(statSync(file()).ino).toBe(before);
    expect(readdirSync(dir)).toHaveLength(1);
  });

  test("really reads its file", () => {
    const other = { ...PROFILE, defaultAction: "SCMP_ACT_KILL" };
    cachedProgram(other, "x86_64", { dir });
    writeFileSync(file(), readFileSync(join(dir, `${cacheKey(other, "x86_64")}.bpf`)));
    expect(fetch()).toEqual(compileSeccomp(other, "x86_64"));
  });

  test.each([0, 3, 7, 40, -1])("compiles again when only %i bytes of a file are there", (length) => {
    fetch();
    truncateSync(file(), length < 0 ? statSync(file()).size + length : length);
    expect(fetch()).toEqual(compileSeccomp(PROFILE, "x86_64"));
    expect(fetch()).toEqual(compileSeccomp(PROFILE, "x86_64"));
  });

  test("compiles again when any byte of a file is another", () => {
    fetch();
    const whole = readFileSync(file());
    for (let at = 0; at < whole.length; at += 5) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      writeFileSync(file(), damaged);
      expect(fetch()).toEqual(compileSeccomp(PROFILE, "x86_64"));
      expect(readFileSync(file())).toEqual(whole);
    }
  });

  test("does without a directory that cannot be made", () => {
    writeFileSync(dir, "");
    expect(fetch()).toEqual(compileSeccomp(PROFILE, "x86_64"));
  });

  // biome-ignore format: table
  const differing: { name: string; profile: Seccomp }[] = [
    { name: "default action", profile: { ...PROFILE, defaultAction: "SCMP_ACT_LOG" } },
    { name: "errno", profile: { ...PROFILE, defaultErrnoRet: 2 } },
    { name: "architectures", profile: { ...PROFILE, architectures: [] } },
    { name: "flags", profile: { ...PROFILE, flags: [] } },
    { name: "listener", profile: { ...PROFILE, listenerPath: "/a" } },
    { name: "rules", profile: { ...PROFILE, syscalls: [] } },
  ];
  test.each(differing)("tells profiles apart by their $name", ({ profile }) => {
    expect(cacheKey(profile, "x86_64")).not.toBe(cacheKey(PROFILE, "x86_64"));
  });

  test("tells machines apart, and takes a profile for the same whatever the order of its members", () => {
    expect(cacheKey(PROFILE, "aarch64")).not.toBe(cacheKey(PROFILE, "x86_64"));
    expect(cacheKey({ syscalls: PROFILE.syscalls ?? [], defaultAction: PROFILE.defaultAction }, "x86_64")).toBe(
      cacheKey(PROFILE, "x86_64"),
    );
  });
});
