// A small assembler for eBPF (kernel bpf/standardization/instruction-set.rst): only the instructions that the device
// program needs. Jumps name a label, and labels are resolved when the program is put together.

/** Registers: r0 is the result, r1 the context on entry. */
export type BpfRegister = 0 | 1 | 2 | 3 | 4 | 5;

/** Opcodes: class | source | operation. */
export const OPCODE = {
  /** dst = *(u32 *)(src + offset) */
  loadWord: 0x61,
  /** 32-bit: dst = imm, dst &= imm, dst >>= imm, dst = src */
  moveImmediate: 0xb4,
  andImmediate: 0x54,
  shiftRightImmediate: 0x74,
  moveRegister: 0xbc,
  /** 32-bit compare, BPF_JMP32 (kernel 5.1): if dst == imm, if dst != imm, if dst != src */
  jumpEqualImmediate: 0x16,
  jumpNotEqualImmediate: 0x56,
  jumpNotEqualRegister: 0x5e,
  exit: 0x95,
} as const;

type Label = string;
export type Instruction =
  | { readonly op: "load"; readonly to: BpfRegister; readonly from: BpfRegister; readonly offset: number }
  | { readonly op: "move" | "and" | "shiftRight"; readonly to: BpfRegister; readonly value: number }
  | { readonly op: "copy"; readonly to: BpfRegister; readonly from: BpfRegister }
  | { readonly op: "unless" | "when"; readonly register: BpfRegister; readonly is: number; readonly go: Label }
  | { readonly op: "unlessSame"; readonly register: BpfRegister; readonly as: BpfRegister; readonly go: Label }
  | { readonly op: "label"; readonly name: Label }
  | { readonly op: "exit" };

const SIZE = 8;

/** Puts instructions together: eight bytes each, little-endian, labels gone. A jump to a label that is not there throws. */
export function assemble(instructions: readonly Instruction[]): Uint8Array {
  const labels = new Map<Label, number>();
  const body: Exclude<Instruction, { op: "label" }>[] = [];
  for (const instruction of instructions) {
    if (instruction.op === "label") labels.set(instruction.name, body.length);
    else body.push(instruction);
  }
  const view = new DataView(new ArrayBuffer(body.length * SIZE));
  for (const [index, instruction] of body.entries()) {
    const distance = (label: Label): number => {
      const at = labels.get(label);
      if (at === undefined) throw new RangeError(`no label ${label} in the program`);
      return at - index - 1;
    };
    const { code, to = 0, from = 0, offset = 0, value = 0 } = encode(instruction, distance);
    view.setUint8(index * SIZE, code);
    view.setUint8(index * SIZE + 1, to | (from << 4));
    view.setInt16(index * SIZE + 2, offset, true);
    view.setInt32(index * SIZE + 4, value, true);
  }
  return new Uint8Array(view.buffer);
}

interface Encoded {
  readonly code: number;
  readonly to?: BpfRegister;
  readonly from?: BpfRegister;
  readonly offset?: number;
  readonly value?: number;
}

function encode(instruction: Exclude<Instruction, { op: "label" }>, distance: (label: Label) => number): Encoded {
  switch (instruction.op) {
    case "load":
      return { code: OPCODE.loadWord, to: instruction.to, from: instruction.from, offset: instruction.offset };
    case "move":
      return { code: OPCODE.moveImmediate, to: instruction.to, value: instruction.value };
    case "and":
      return { code: OPCODE.andImmediate, to: instruction.to, value: instruction.value };
    case "shiftRight":
      return { code: OPCODE.shiftRightImmediate, to: instruction.to, value: instruction.value };
    case "copy":
      return { code: OPCODE.moveRegister, to: instruction.to, from: instruction.from };
    case "unless":
      return { code: OPCODE.jumpNotEqualImmediate, to: instruction.register, offset: distance(instruction.go), value: instruction.is };
    case "when":
      return { code: OPCODE.jumpEqualImmediate, to: instruction.register, offset: distance(instruction.go), value: instruction.is };
    case "unlessSame":
      return { code: OPCODE.jumpNotEqualRegister, to: instruction.register, from: instruction.as, offset: distance(instruction.go) };
    case "exit":
      return { code: OPCODE.exit };
  }
}
