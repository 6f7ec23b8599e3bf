// A small interpreter for the eBPF that the assembler makes, so that device programs are tested by what they answer.
// It is as strict as the verifier where that is cheap: unknown opcodes, reads of unset registers, jumps backwards or out
// of the program, and a program that runs off its end are errors.
import { OPCODE } from "./assembler.ts";

/** Runs a program on a context of little-endian 32-bit words; the result is r0. */
export function runProgram(program: Uint8Array, context: readonly number[]): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const registers = new Map<number, number>();
  const get = (register: number): number => {
    const value = registers.get(register);
    if (value === undefined) throw new Error(`r${register} is read before it is set`);
    return value;
  };
  const words = new Map(context.map((word, index) => [index * 4, word]));
  registers.set(1, Number.NaN); // the context's pointer: only loads may use it
  for (let at = 0; at < program.byteLength / 8; at++) {
    const code = view.getUint8(at * 8);
    const to = view.getUint8(at * 8 + 1) & 15;
    const from = view.getUint8(at * 8 + 1) >> 4;
    const offset = view.getInt16(at * 8 + 2, true);
    const value = view.getInt32(at * 8 + 4, true) >>> 0;
    const jump = (taken: boolean): void => {
      if (offset < 0 || at + offset + 1 >= program.byteLength / 8) throw new Error(`instruction ${at} jumps out of the program`);
      if (taken) at += offset;
    };
    switch (code) {
      case OPCODE.loadWord: {
        const word = words.get(offset);
        if (from !== 1 || !Number.isNaN(get(1)) || word === undefined)
          throw new Error(`instruction ${at} loads from outside of the context`);
        registers.set(to, word >>> 0);
        break;
      }
      case OPCODE.moveImmediate:
        registers.set(to, value);
        break;
      case OPCODE.moveRegister:
        registers.set(to, get(from));
        break;
      case OPCODE.andImmediate:
        registers.set(to, (get(to) & value) >>> 0);
        break;
      case OPCODE.shiftRightImmediate:
        registers.set(to, get(to) >>> value);
        break;
      case OPCODE.jumpEqualImmediate:
        jump(get(to) === value);
        break;
      case OPCODE.jumpNotEqualImmediate:
        jump(get(to) !== value);
        break;
      case OPCODE.jumpNotEqualRegister:
        jump(get(to) !== get(from));
        break;
      case OPCODE.exit:
        return get(0);
      default:
        throw new Error(`instruction ${at} has unknown opcode ${code}`);
    }
  }
  throw new Error("the program runs off its end");
}
