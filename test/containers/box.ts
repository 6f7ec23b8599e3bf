// A container that runs in the background, for tests of what is done with one.
import { expect } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Cli } from "../cli/callers.ts";

export interface Box extends AsyncDisposable {
  readonly name: string;
  /** 64 hexadecimal digits. */
  readonly id: string;
  /** `exec FLAGS NAME ARGS`. */
  exec(flags: readonly string[], ...args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }>;
  /** The directories of its execs that nobody has taken the end of. */
  execs(): string[];
}

/** `run -d FLAGS --rootfs busybox PROGRAM`; removed when it is disposed of. */
export async function startBox(
  cli: Cli,
  { flags = [], program = ["sleep", "1000"] }: { readonly flags?: readonly string[]; readonly program?: readonly string[] } = {},
): Promise<Box> {
  const name = cli.roots.id("box");
  const made = await cli.teu(["run", "-d", "--name", name, ...flags, "--rootfs", cli.rootfs, ...program]);
  expect(made).toMatchObject({ status: 0, stderr: "" });
  const id = made.stdout.trim();
  return {
    name,
    id,
    exec: (more, ...args) => cli.teu(["exec", ...more, name, ...args]),
    execs: () => readdirSync(join(cli.roots.runRoot, "containers", id)).filter((entry) => entry.startsWith("exec-")),
    [Symbol.asyncDispose]: async () => void (await cli.teu(["rm", "-f", name])),
  };
}
