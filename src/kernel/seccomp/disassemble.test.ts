import { expect, test } from "bun:test";
import { compileSeccomp } from "./compile.ts";
import { disassemble } from "./disassemble.ts";

test("a program reads as one would say it", () => {
  const { program } = compileSeccomp(
    {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [
        { names: ["mkdir"], action: "SCMP_ACT_ERRNO", args: [{ index: 1, value: 0o7000, valueTwo: 0o4000, op: "SCMP_CMP_MASKED_EQ" }] },
      ],
    },
    "x86_64",
  );
  expect(disassemble(program)).toEqual([
    "0: a = arch",
    "1: if (a == 0xc000003e) goto 2 else 11",
    "2: a = syscall",
    "3: if (a >= 0x40000000) goto 9 else 4",
    "4: if (a == 0x53) goto 5 else 10",
    "5: a = arg1.low",
    "6: a &= 0xe00",
    "7: if (a == 0x800) goto 8 else 10",
    "8: return SCMP_ACT_ERRNO(1)",
    "9: if (a >= 0xffffffff) goto 10 else 11",
    "10: return SCMP_ACT_ALLOW",
    "11: return SCMP_ACT_KILL",
  ]);
});
