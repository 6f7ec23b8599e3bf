import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { SYSCALL_ABIS, type SyscallAbi, syscallTable } from "./numbers.ts";

function numberOf(abi: SyscallAbi, name: string): number | undefined {
  const { names, numbers } = syscallTable(abi);
  return numbers[names.indexOf(name)];
}

describe("system call tables", () => {
  test.each([...SYSCALL_ABIS])("%s is in ascending order, each name once", (abi) => {
    const { names, numbers } = syscallTable(abi);
    expect(names.length).toBe(numbers.length);
    expect(new Set(names).size).toBe(names.length);
    expect([...numbers].sort((a, b) => a - b)).toEqual([...numbers]);
  });

  // biome-ignore format: table
  const COMMON = [
    ["pidfd_open", 434], ["close_range", 436], ["cachestat", 451], ["fchmodat2", 452], ["map_shadow_stack", 453], ["futex_wake", 454],
    ["futex_wait", 455], ["futex_requeue", 456], ["statmount", 457], ["listmount", 458], ["lsm_get_self_attr", 459],
    ["lsm_set_self_attr", 460], ["lsm_list_modules", 461], ["mseal", 462], ["setxattrat", 463], ["getxattrat", 464], ["listxattrat", 465],
    ["removexattrat", 466], ["open_tree_attr", 467], ["file_getattr", 468], ["file_setattr", 469],
  ] as const;

  test.each(COMMON)("%s is %i on every architecture", (name, number) => {
    for (const abi of SYSCALL_ABIS) expect([abi, numberOf(abi, name)]).toEqual([abi, abi === "x32" ? number + 0x40000000 : number]);
  });

  // biome-ignore format: table
  const OWN = [
    ["x86_64", "execve", 59], ["x86_64", "uretprobe", 335], ["x86", "socketcall", 102], ["x86", "socket", 359], ["x32", "execve", 0x40000208],
    ["x32", "read", 0x40000000], ["x32", "uselib", undefined], ["aarch64", "openat", 56], ["aarch64", "open", undefined],
    ["arm", "set_tls", 0x0f0005], ["arm", "sync_file_range2", 341],
  ] as const;

  test.each(OWN)("on %s %s is %p", (abi, name, number) => {
    expect(numberOf(abi, name)).toBe(number);
  });

  const HEADERS = "/usr/include/x86_64-linux-gnu/asm";
  test.skipIf(!existsSync(HEADERS))("agree with the headers of this machine", () => {
    for (const [abi, file] of [
      ["x86_64", "unistd_64.h"],
      ["x86", "unistd_32.h"],
      ["x32", "unistd_x32.h"],
    ] as const) {
      for (const [, name = "", , number] of readFileSync(`${HEADERS}/${file}`, "utf8").matchAll(
        /__NR_(\w+) (\(__X32_SYSCALL_BIT \+ )?(\d+)/g,
      ))
        expect([abi, name, numberOf(abi, name)]).toEqual([abi, name, Number(number) + (abi === "x32" ? 0x40000000 : 0)]);
    }
  });
});
