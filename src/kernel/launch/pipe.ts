// A pipe of our own: Bun gives programs sockets for their output, which they cannot open again as /dev/stderr. It is a FIFO that loses its name
// at once (fifo(7)); any user of a container may open it by descriptor.
import { closeSync, constants, openSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { failedWith } from "../../base/file-errno.ts";
import { op, type Plan, Registers } from "../plan/plan.ts";
import { openFlags } from "../tables/open-flags.ts";
import { launchNow } from "./launch-now.ts";

export interface Pipe {
  /** To be handed to a program. */
  readonly writeEnd: number;
  /** Reads until `finish`; `take` is called with what comes. */
  drain(take: (bytes: Uint8Array) => void): void;
  /** Takes what is left in the pipe, and closes both ends. Whoever writes on gets SIGPIPE. */
  finish(): Promise<void>;
}

export interface PipeOptions {
  readonly launcher: string;
  /** Directory for the plan, the report and the FIFO: the caller's own. */
  readonly dir: string;
  readonly arch: Parameters<typeof openFlags>[0];
}

const S_IFIFO = 0o010000;
const CHUNK = 64 * 1024;

/** @throws KernelError; TeuError `unavailable`, as launchNow does */
export function openPipe({ launcher, dir, arch }: PipeOptions): Pipe {
  const name = `pipe-${crypto.randomUUID()}`;
  launchNow(makeFifo(name, { dir, arch }), { launcher, dir });
  const path = join(dir, name);
  // Open for both, so that the end of one writer is not the end of the pipe.
  const readEnd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const writeEnd = openSync(path, constants.O_WRONLY);
  rmSync(path);
  const reader = Bun.file(readEnd).stream().getReader();
  let taken: Promise<void> = Promise.resolve();
  let take: (bytes: Uint8Array) => void = () => {};
  return {
    writeEnd,
    drain(given) {
      take = given;
      taken = (async () => {
        for (let next = await reader.read(); !next.done; next = await reader.read()) take(next.value);
      })();
    },
    async finish() {
      closeSync(writeEnd);
      await reader.cancel();
      await taken;
      for (const bytes of rest(readEnd)) take(bytes);
      closeSync(readEnd);
    },
  };
}

function makeFifo(name: string, { dir, arch }: Pick<PipeOptions, "dir" | "arch">): Plan {
  const registers = new Registers();
  const root = registers.named("directory");
  const { O_PATH, O_DIRECTORY } = openFlags(arch);
  const from = "pipe";
  const node = { major: 0, minor: 0, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const ops = [
    op("open", { dir: undefined, path: dir, flags: O_PATH | O_DIRECTORY, mode: 0, out: root }, from),
    op("mknod", { root, path: name, mode: S_IFIFO | 0o666, ...node }, from),
  ];
  return { sections: [{ name: "host", ops }], registers: registers.names };
}

function* rest(fd: number): Generator<Uint8Array> {
  const chunk = new Uint8Array(CHUNK);
  for (;;) {
    let count: number;
    try {
      count = readSync(fd, chunk);
    } catch (error) {
      if (failedWith(error, "EAGAIN")) return;
      throw error;
    }
    if (count === 0) return;
    yield chunk.slice(0, count);
  }
}
