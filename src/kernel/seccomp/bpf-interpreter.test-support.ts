// Runs a seccomp program on a made-up system call, for tests, as strictly as the kernel checks one when it is loaded
// (kernel/seccomp.c seccomp_check_filter, net/core/filter.c bpf_check_classic).
import { BPF, DATA, INSTRUCTION_SIZE, MAX_INSTRUCTIONS } from "./bpf.ts";

/** What the kernel would tell the filter of a call. Arguments not given are zero. */
export interface Call {
  /** AUDIT_ARCH_*. */
  readonly audit: number;
  readonly number: number;
  readonly args?: readonly bigint[];
}

export interface Verdict {
  /** SECCOMP_RET_* with its data. */
  readonly value: number;
  /** Instructions executed, the last one included. */
  readonly steps: number;
}

const SIZE_OF_DATA = 64;

function dataOf(call: Call): DataView {
  const view = new DataView(new ArrayBuffer(SIZE_OF_DATA));
  view.setUint32(DATA.number, call.number, true);
  view.setUint32(DATA.arch, call.audit, true);
  for (const [index, value] of (call.args ?? []).entries()) view.setBigUint64(DATA.args + 8 * index, value, true);
  return view;
}

/** Whether a conditional jump is taken; undefined for any other code. */
function compare(code: number, a: number, k: number): boolean | undefined {
  if (code === BPF.jumpEqual) return a === k;
  if (code === BPF.jumpGreater) return a > k;
  if (code === BPF.jumpGreaterOrEqual) return a >= k;
  if (code === BPF.jumpSet) return (a & k) !== 0;
  return undefined;
}

/**
 * The program's answer to a call.
 * @throws RangeError where the kernel would have refused the program.
 */
export function runFilter(program: Uint8Array, call: Call): Verdict {
  const code = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const count = program.length / INSTRUCTION_SIZE;
  if (!Number.isInteger(count) || count === 0 || count > MAX_INSTRUCTIONS) throw new RangeError(`a program of ${count} instructions`);
  const data = dataOf(call);
  let a = 0;
  let at = 0;
  for (let steps = 1; at < count; steps++, at++) {
    const offset = at * INSTRUCTION_SIZE;
    const operation = code.getUint16(offset, true);
    const k = code.getUint32(offset + 4, true);
    if (operation === BPF.return) return { value: k, steps };
    if (operation === BPF.load) a = data.getUint32(k, true);
    else if (operation === BPF.and) a = (a & k) >>> 0;
    else if (operation === BPF.jump) at += k;
    else {
      const taken = compare(operation, a, k);
      if (taken === undefined) throw new RangeError(`instruction ${at} has code 0x${operation.toString(16)}`);
      at += code.getUint8(offset + (taken ? 2 : 3));
    }
  }
  throw new RangeError("the program ends without an answer");
}
