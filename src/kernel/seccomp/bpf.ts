// The part of classic BPF that a seccomp filter may use (Documentation/networking/filter.rst, kernel/seccomp.c
// seccomp_check_filter), and the layout of what a filter looks at (struct seccomp_data).

/** Operation codes: BPF_LD|BPF_W|BPF_ABS and so on. */
export const BPF = {
  load: 0x20,
  and: 0x54,
  jump: 0x05,
  jumpEqual: 0x15,
  jumpGreater: 0x25,
  jumpGreaterOrEqual: 0x35,
  jumpSet: 0x45,
  return: 0x06,
} as const;

/** Bytes of a struct sock_filter: u16 code, u8 jt, u8 jf, u32 k. */
export const INSTRUCTION_SIZE = 8;

/** The kernel takes no longer program (BPF_MAXINSNS). */
export const MAX_INSTRUCTIONS = 4096;

/** A conditional jump skips at most this many instructions; BPF_JA has 32 bits. */
export const MAX_SKIP = 255;

/** Offsets in struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6]. */
export const DATA = { number: 0, arch: 4, args: 16 } as const;

/** A call has at most this many arguments. */
export const MAX_SYSCALL_ARGS = 6;

/** Offset of the lower or upper half of an argument on a little-endian machine. */
export function argumentWord(index: number, half: "low" | "high"): number {
  return DATA.args + 8 * index + (half === "high" ? 4 : 0);
}
