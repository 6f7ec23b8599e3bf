// Keeps compiled seccomp programs in files, one for each (profile, machine, compiler), named by digest. Reading one costs a third of
// compiling it. A file that is not whole is as good as none: it is compiled again and replaced.
//   magic "TEUS", u32 header length, header (JSON), program, SHA-256 of all before it
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Seccomp } from "../../spec/runtime/config.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { INSTRUCTION_SIZE } from "./bpf.ts";
import { COMPILER_VERSION, compileSeccomp, type SeccompProgram } from "./compile.ts";

const MAGIC = 0x53554554;
const PREFIX_SIZE = 8;
const DIGEST_SIZE = 32;

/** What a file says of its program beside the instructions. */
interface Header {
  readonly flags: string;
  readonly notify: boolean;
  readonly unknown: readonly string[];
}

/**
 * The program of a profile: from its file below `dir`, or compiled and written there. A directory that cannot be written to, or a
 * full disk, costs only the time to compile. Who can write to `dir` can weaken filters: it must be the engine's alone (it is made 0700); the digest in
 * a file guards against accidents, not against that.
 * @throws InvalidInputError, TeuError as compileSeccomp does.
 */
export function cachedProgram(seccomp: Seccomp, arch: HostFacts["arch"], { dir }: { readonly dir: string }): SeccompProgram {
  const path = join(dir, `${cacheKey(seccomp, arch)}.bpf`);
  const known = readProgram(path);
  if (known !== undefined) return known;
  const program = compileSeccomp(seccomp, arch);
  storeProgram(path, program);
  return program;
}

/** Writes aside and renames, so that no reader sees half a file. What cannot be stored is compiled again by the next run. */
function storeProgram(path: string, program: SeccompProgram): void {
  const aside = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch {
    return;
  }
  try {
    writeFileSync(aside, encodeProgram(program), { mode: 0o600 });
    renameSync(aside, path);
  } catch {
    rmSync(aside, { force: true });
  }
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
  return sha256(JSON.stringify(canonical)).toString("hex");
}

/** Bun's own digest: node:crypto takes longer to load than a profile takes to compile. */
function sha256(data: string | Uint8Array): Buffer {
  return new Bun.CryptoHasher("sha256").update(data).digest();
}

function encodeProgram({ program, flags, notify, unknown }: SeccompProgram): Uint8Array {
  const header: Header = { flags: `${flags}`, notify, unknown };
  const text = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(PREFIX_SIZE);
  prefix.writeUInt32LE(MAGIC, 0);
  prefix.writeUInt32LE(text.length, 4);
  const body = Buffer.concat([prefix, text, program]);
  return Buffer.concat([body, sha256(body)]);
}

/** The program in a file; undefined when there is none or it is damaged. */
function readProgram(path: string): SeccompProgram | undefined {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch {
    return undefined;
  }
  const body = file.subarray(0, Math.max(0, file.length - DIGEST_SIZE));
  if (body.length < PREFIX_SIZE || body.readUInt32LE(0) !== MAGIC || !sha256(body).equals(file.subarray(body.length))) return undefined;
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
