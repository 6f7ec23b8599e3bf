// Who calls `teu` in these tests: root, and an ordinary user with the user namespaces that it can make. What holds for both is tested
// with both. Containers bear the test's mark in their names, so that whatever they leave behind is found.
import type { test } from "bun:test";
import { openPty, type Pty, type PtyOptions } from "../support/pty.ts";
import { type Requirement, requires } from "../support/requires.ts";
import { busyboxRootfs } from "../support/rootfs.ts";
import { type RootsOptions, type TestRoots, withRoots } from "../support/roots.ts";
import { type Outcome, type Running, type RunOptions, run, runOk, start } from "../support/run.ts";
import { reachable, rootsEnvironment } from "../support/teu.ts";
import { type Account, tester } from "../support/user.ts";

export interface Caller {
  readonly name: string;
  readonly needs: readonly Requirement[];
  readonly account: () => Account | undefined;
}

export const ROOT: Caller = { name: "root", needs: ["root"], account: () => undefined };
export const USER: Caller = { name: "an ordinary user", needs: ["tester", "userns", "newuidmap", "subids"], account: tester };
export const CALLERS: readonly Caller[] = [ROOT, USER];

/** `teu` as one caller, with an engine of its own. */
export interface Cli {
  readonly roots: TestRoots;
  /** A read-only busybox. */
  readonly rootfs: string;
  /** The path of `teu`. */
  readonly program: string;
  /** Runs any program as the caller. */
  run(argv: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Runs `teu` to its end. */
  teu(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  start(args: readonly string[], options?: RunOptions): Running;
  /** Starts any program as the caller. */
  startProgram(argv: readonly string[], options?: RunOptions): Running;
  pty(args: readonly string[], options?: PtyOptions): Pty;
  /** A shell of the caller's own on a terminal; `$TEU` is the program. */
  shell(options?: PtyOptions): Pty;
  /** The id of a container of the test's, by the name that it has beside the test's mark. */
  idOf(name: string): Promise<string>;
  /** `run --rm --name NAME FLAGS --rootfs busybox`; what follows is the container's program. */
  container(name: string, ...flags: readonly string[]): readonly string[];
}

/** The options of a test's roots, and what the machine must have beside what the caller needs. */
export interface CliOptions extends Pick<RootsOptions, "leftovers"> {
  readonly needs?: readonly Requirement[];
}

/** Defines a test of the command line for one caller. */
export function cliTest(
  caller: Caller,
  name: string,
  body: (cli: Cli) => Promise<void>,
  { needs = [], ...options }: CliOptions = {},
): ReturnType<typeof test> {
  return requires(...caller.needs, "busybox", ...needs).test(`${name}, as ${caller.name}`, async () => {
    const account = caller.account();
    await withRoots(async (roots) => body(await openCli(roots, account)), {
      ...options,
      ...(account === undefined ? {} : { owner: account }),
    });
  });
}

/** The same for each caller. */
export function cliTests(name: string, body: (cli: Cli) => Promise<void>, options: CliOptions = {}): void {
  for (const caller of CALLERS) cliTest(caller, name, body, options);
}

async function openCli(roots: TestRoots, account: Account | undefined): Promise<Cli> {
  const program = await reachable("teu");
  const rootfs = await busyboxRootfs();
  const user = account === undefined ? {} : { user: account };
  const as = <T extends RunOptions | PtyOptions>(options: T | undefined) => ({
    ...user,
    roots,
    ...options,
    env: { ...rootsEnvironment(roots, account), ...options?.env },
  });
  return {
    roots,
    rootfs,
    program,
    run: (argv, options) => run(argv, as(options)),
    teu: (args, options) => run([program, ...args], as(options)),
    start: (args, options) => start([program, ...args], as(options)),
    startProgram: (argv, options) => start(argv, as(options)),
    pty: (args, options) => openPty([program, ...args], as(options)),
    shell: (options) => openPty(["sh"], as({ ...options, env: { TEU: program, ROOTFS: rootfs, PS1: "$ ", ...options?.env } })),
    idOf: async (name) => (await runOk([program, "ps", "-aq", "--no-trunc", "--filter", `name=${roots.id(name)}`], as({}))).trim(),
    container: (name, ...flags) => ["run", "--rm", "--name", roots.id(name), ...flags, "--rootfs", rootfs],
  };
}
