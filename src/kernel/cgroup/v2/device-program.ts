// A device policy as a program of type BPF_PROG_TYPE_CGROUP_DEVICE (kernel cgroup-v2.rst "Device controller"): it is
// asked on every mknod and open of a device, and answers 1 to allow, 0 to refuse (EPERM).
//
// struct bpf_cgroup_dev_ctx (linux/bpf.h): u32 access_type (type in the low half, access in the high), u32 major, u32 minor
import { ACCESS_ALL, type DeviceException, type DevicePolicy } from "../devices/rules.ts";
import { assemble, type Instruction } from "./assembler.ts";

/** BPF_DEVCG_DEV_BLOCK, BPF_DEVCG_DEV_CHAR */
const TYPE = { b: 1, c: 2 } as const;

const TYPE_REGISTER = 2;
const ACCESS_REGISTER = 3;
const MAJOR_REGISTER = 4;
const MINOR_REGISTER = 5;
const SCRATCH_REGISTER = 1;

/**
 * The program. An allow exception answers only for accesses
 * that are all in its mask; a deny exception already when one of them is, as the v1 controller has it.
 */
export function deviceProgram(policy: DevicePolicy): Uint8Array {
  const prologue: Instruction[] = [
    { op: "load", to: TYPE_REGISTER, from: 1, offset: 0 },
    { op: "copy", to: ACCESS_REGISTER, from: TYPE_REGISTER },
    { op: "and", to: TYPE_REGISTER, value: 0xffff },
    { op: "shiftRight", to: ACCESS_REGISTER, value: 16 },
    { op: "load", to: MAJOR_REGISTER, from: 1, offset: 4 },
    { op: "load", to: MINOR_REGISTER, from: 1, offset: 8 },
  ];
  const tests = policy.exceptions.flatMap((exception, index) => exceptionTest(exception, { index, allow: !policy.allow }));
  return assemble([...prologue, ...tests, ...answer(policy.allow)]);
}

function exceptionTest(exception: DeviceException, { index, allow }: { readonly index: number; readonly allow: boolean }): Instruction[] {
  const next = `after ${index}`;
  const test: Instruction[] = [{ op: "unless", register: TYPE_REGISTER, is: TYPE[exception.type], go: next }];
  if (exception.major !== undefined) test.push({ op: "unless", register: MAJOR_REGISTER, is: exception.major, go: next });
  if (exception.minor !== undefined) test.push({ op: "unless", register: MINOR_REGISTER, is: exception.minor, go: next });
  if (exception.access !== ACCESS_ALL) {
    test.push({ op: "copy", to: SCRATCH_REGISTER, from: ACCESS_REGISTER });
    test.push(...(allow ? withinMask(exception.access, next) : meetsMask(exception.access, next)));
  }
  return [...test, ...answer(allow), { op: "label", name: next }];
}

/** Go on only if every access asked for is in the mask. */
function withinMask(mask: number, next: string): Instruction[] {
  return [
    { op: "and", to: SCRATCH_REGISTER, value: mask },
    { op: "unlessSame", register: SCRATCH_REGISTER, as: ACCESS_REGISTER, go: next },
  ];
}

/** Go on only if some access asked for is in the mask. */
function meetsMask(mask: number, next: string): Instruction[] {
  return [
    { op: "and", to: SCRATCH_REGISTER, value: mask },
    { op: "when", register: SCRATCH_REGISTER, is: 0, go: next },
  ];
}

function answer(allow: boolean): Instruction[] {
  return [{ op: "move", to: 0, value: allow ? 1 : 0 }, { op: "exit" }];
}
