// What the launcher's tests share: kernel numbers, a scratch directory, and a shell that tells what a plan has done.
import { afterAll, beforeAll } from "bun:test";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Op, op, type Register, Registers } from "../../src/kernel/plan/plan.ts";
import { type PlanOptions, type PlanResult, runPlan } from "../support/run-plan.ts";

/** open(2), stat(2), sched.h, mount.h, prctl.h: the numbers that the tests' plans hold. */
export const K = {
  O_RDONLY: 0,
  O_RDWR: 2,
  O_WRONLY: 1,
  O_CREAT: 0o100,
  O_DIRECTORY: 0o200000,
  O_PATH: 0o10000000,
  S_IFREG: 0o100000,
  S_IFDIR: 0o040000,
  S_IFCHR: 0o020000,
  CLONE_NEWNS: 0x20000,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
  CLONE_PARENT: 0x8000,
  AT_RECURSIVE: 0x8000,
  AT_EMPTY_PATH: 0x1000,
  AT_REMOVEDIR: 0x200,
  OPEN_TREE_CLONE: 1,
  MOUNT_ATTR_RDONLY: 1,
  MS_PRIVATE: 1 << 18,
  MS_RDONLY: 1,
  MNT_DETACH: 2,
  TMPFS_MAGIC: 0x01021994,
  PROC_MAGIC: 0x9fa0,
} as const;

/** A directory of its own for a test file, open to every user. */
export function scratch(): { readonly path: string; in(name: string): string } {
  let path = "";
  beforeAll(() => {
    path = mkdtempSync(join(tmpdir(), "teu-launcher-"));
    chmodSync(path, 0o755);
  });
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    get path() {
      return path;
    },
    in: (name) => join(path, name),
  };
}

/** Registers by name for one plan. */
export function registers(): (name: string) => Register {
  const all = new Registers();
  return (name) => all.named(name);
}

/** An op that turns the process into a shell with this script. */
export function shell(script: string): Op {
  return op("exec", { candidates: ["/bin/sh"], argv: ["sh", "-c", script], env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] }, "test");
}

/** Runs ops in one process, which then becomes a shell: what that prints tells what the ops have done. */
export async function observe(ops: readonly Op[], script: string, options: PlanOptions = {}): Promise<string> {
  const result = await runPlan([[...ops, shell(script)]], options);
  if (result.failure) throw new Error(`${result.failure} ${result.text}`);
  return result.stdout.trim() + (result.stderr ? ` [${result.stderr.trim()}]` : "");
}

/** A private mount namespace for what follows. */
export function privateMounts(): Op[] {
  return [
    op("unshare", { flags: K.CLONE_NEWNS }, "test"),
    op(
      "mountSetattr",
      { dir: undefined, path: "/", flags: K.AT_RECURSIVE, set: 0, clear: 0, propagation: K.MS_PRIVATE, userns: undefined },
      "test",
    ),
  ];
}

/** Ops that open a host path O_PATH into a register. */
export function openPath(path: string, out: Register): Op {
  return op("open", { dir: undefined, path, flags: K.O_PATH, mode: 0, out }, "test");
}

/** `ENOENT at 3`, or what came instead. */
export function ending(result: PlanResult): string {
  return result.failure ?? `exit ${result.code}`;
}
