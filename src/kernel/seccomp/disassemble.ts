// A seccomp program as text, a line an instruction, for `explain`.
import { ACTION_ANSWERS } from "../tables/seccomp.ts";
import { BPF, DATA, INSTRUCTION_SIZE, MAX_SYSCALL_ARGS } from "./bpf.ts";

const COMPARISONS: Readonly<Record<number, string>> = {
  [BPF.jumpEqual]: "==",
  [BPF.jumpGreater]: ">",
  [BPF.jumpGreaterOrEqual]: ">=",
  [BPF.jumpSet]: "&",
};

function wordName(offset: number): string {
  if (offset === DATA.number) return "syscall";
  if (offset === DATA.arch) return "arch";
  const argument = (offset - DATA.args) >> 3;
  if (argument < 0 || argument >= MAX_SYSCALL_ARGS) return `data[${offset}]`;
  return `arg${argument}.${offset & 4 ? "high" : "low"}`;
}

/** `SCMP_ACT_ERRNO(38)`: the profile's word for an answer, with its data where there is any. */
function answerText(value: number): string {
  const action = Object.entries(ACTION_ANSWERS).find(([, answer]) => answer.value >>> 16 === value >>> 16)?.[0];
  const data = value & 0xffff;
  return `${action ?? `0x${value.toString(16)}`}${data === 0 ? "" : `(${data})`}`;
}

/** The lines of a program: `12: if (a >= 0x1b3) goto 14 else 40`. Jumps name the line they go to. */
export function disassemble(program: Uint8Array): string[] {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const lines: string[] = [];
  for (let at = 0; at + INSTRUCTION_SIZE <= program.length; at += INSTRUCTION_SIZE) {
    const next = lines.length + 1;
    const code = view.getUint16(at, true);
    const k = view.getUint32(at + 4, true);
    lines.push(`${lines.length}: ${instructionText({ code, k, yes: view.getUint8(at + 2), no: view.getUint8(at + 3) }, next)}`);
  }
  return lines;
}

function instructionText({ code, k, yes, no }: { code: number; k: number; yes: number; no: number }, next: number): string {
  if (code === BPF.load) return `a = ${wordName(k)}`;
  if (code === BPF.and) return `a &= 0x${k.toString(16)}`;
  if (code === BPF.jump) return `goto ${next + k}`;
  if (code === BPF.return) return `return ${answerText(k)}`;
  const comparison = COMPARISONS[code];
  if (comparison === undefined) return `code 0x${code.toString(16)} k 0x${k.toString(16)}`;
  return `if (a ${comparison} 0x${k.toString(16)}) goto ${next + yes} else ${next + no}`;
}
