// Keeps compiled seccomp programs in files, one for each (profile, machine, compiler), named by digest. Reading one costs a third of
// compiling it. A file (base/kept-file.ts): magic "TEUS", u32 header length, header (JSON), program
import { keepFile, readKept } from "../../base/kept-file.ts";
import type { Seccomp } from "../../spec/runtime/config.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { INSTRUCTION_SIZE } from "./bpf.ts";
import { COMPILER_VERSION, compileSeccomp, type SeccompProgram } from "./compile.ts";

const MAGIC = 0x53554554;
const PREFIX_SIZE = 8;

/** What a file says of its program beside the instructions. */
interface Header {
  readonly flags: string;
  readonly notify: boolean;
  readonly unknown: readonly string[];
}

/**
 * The program of a profile: from its file below `dir`, or compiled and written there. A directory that cannot be written to, or a
 * full disk, costs only the time to compile. Who can write to `dir` can weaken filters.
 * @throws InvalidInputError, TeuError as compileSeccomp does.
 */
export function cachedProgram(seccomp: Seccomp, arch: HostFacts["arch"], { dir }: { readonly dir: string }): SeccompProgram {
  const name = `${cacheKey(seccomp, arch)}.bpf`;
  const known = readProgram(dir, name);
  if (known !== undefined) return known;
  const program = compileSeccomp(seccomp, arch);
  keepFile(dir, name, encodeProgram(program));
  return program;
}

/**
 * Digest of everything that the compiler looks at, whatever order the document had its members in. The listener's path and metadata count,
 * because the compiler refuses some profiles for want of them.
 */
export function cacheKey(seccomp: Seccomp, arch: HostFacts["arch"]): string {
  const rules = seccomp.syscalls?.map(({ names, action, errnoRet, args }) => {
    const conditions = args?.map(({ index, op, value, valueTwo }) => [index, op, `${value}`, `${valueTwo ?? 0}`]);
    return [names, action, errnoRet, conditions];
  });
  const { defaultAction, defaultErrnoRet, architectures, flags, listenerPath, listenerMetadata } = seccomp;
  const canonical = [COMPILER_VERSION, arch, defaultAction, defaultErrnoRet, architectures, flags, listenerPath, listenerMetadata, rules];
  return new Bun.CryptoHasher("sha256").update(JSON.stringify(canonical)).digest("hex");
}

function encodeProgram({ program, flags, notify, unknown }: SeccompProgram): Uint8Array {
  const header: Header = { flags: `${flags}`, notify, unknown };
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_SIZE);
  prefix.writeUInt32LE(MAGIC, 0);
  prefix.writeUInt32LE(text.length, 4);
  return Buffer.concat([prefix, text, program]);
}

/** The program in a file; undefined when there is none or it is damaged. */
function readProgram(dir: string, name: string): SeccompProgram | undefined {
  const body = readKept(dir, name);
  if (body === undefined || body.length < PREFIX_SIZE || body.readUInt32LE(0) !== MAGIC) return undefined;
  const programAt = PREFIX_SIZE + body.readUInt32LE(4);
  const header = JSON.parse(body.toString("utf8", PREFIX_SIZE, programAt)) as Header; // its digest says that encodeProgram wrote it
  const program = Uint8Array.from(body.subarray(programAt));
  return {
    program,
    flags: BigInt(header.flags),
    notify: header.notify,
    instructions: program.length / INSTRUCTION_SIZE,
    unknown: header.unknown,
  };
}
