// The embedded image `hello`: a root file system that holds one static program of ours and nothing else.
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Engine } from "../engine.ts";

export const HELLO = "hello";
export const HELLO_ARGS = ["/hello"] as const;

/**
 * The directory that is hello's root file system, made at first use and after each new build. Its containers share it, so it is for
 * read-only use.
 */
export function helloRootfs({ runRoot, helloProgram }: Engine): string {
  const { mtimeMs, size } = statSync(helloProgram);
  const rootfs = join(runRoot, "images", `${HELLO}-${size}-${Math.trunc(mtimeMs)}`);
  if (existsSync(rootfs)) return rootfs;
  const aside = `${rootfs}.${process.pid}`;
  try {
    for (const directory of ["proc", "sys", "dev", "etc"]) mkdirSync(join(aside, directory), { recursive: true, mode: 0o755 });
    copyFileSync(helloProgram, join(aside, HELLO));
    chmodSync(join(aside, HELLO), 0o755);
    renameSync(aside, rootfs);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (!existsSync(rootfs)) throw error; // another command was quicker
  }
  return rootfs;
}
