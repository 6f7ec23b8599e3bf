// A container of a test: its bundle, and the runtime's verbs on it.
import { readFileSync } from "node:fs";
import { type BundleOptions, bundle } from "../support/bundle.ts";
import type { TestRoots } from "../support/roots.ts";
import { type Outcome, type RunOptions, runOk } from "../support/run.ts";
import { teuRuntime } from "../support/teu.ts";

export interface TestContainer {
  readonly id: string;
  readonly bundle: string;
  /** A verb of the runtime with its flags; the id is the first argument after them, `more` what follows. */
  verb(name: string, flags?: readonly string[], more?: readonly string[]): Promise<Outcome>;
  /** A verb that must work; its output. */
  must(name: string, flags?: readonly string[], more?: readonly string[]): Promise<string>;
  state(): Promise<{ readonly status: string; readonly pid: number; readonly [field: string]: unknown }>;
}

/** Makes a bundle and names a container; nothing runs yet. */
export async function container(options: BundleOptions): Promise<TestContainer> {
  const { roots, user, name = "bundle" } = options;
  const id = roots.id(name);
  const directory = await bundle(options);
  const run: RunOptions = { roots, ...(user === undefined ? {} : { user }) };
  const verb = (verbName: string, flags: readonly string[] = [], more: readonly string[] = []) =>
    teuRuntime([verbName, ...flags, ...(verbName === "run" || verbName === "create" ? ["--bundle", directory] : []), id, ...more], run);
  const must = async (verbName: string, flags?: readonly string[], more?: readonly string[]) => {
    const { status, stdout, stderr } = await verb(verbName, flags, more);
    if (status !== 0) throw new Error(`${verbName} ${id}: exit status ${status}\n${stdout}${stderr}`);
    return stdout.trimEnd();
  };
  return { id, bundle: directory, verb, must, state: async () => JSON.parse(await must("state")) };
}

/** One that runs, detached: `sleep` unless the options say otherwise. */
export async function running(options: BundleOptions): Promise<TestContainer> {
  const made = await container({ args: ["sleep", "1000"], ...options });
  await made.must("run", ["--detach"]);
  return made;
}

/** Runs a program to its end in a container of its own; its output. */
export async function outputOf(options: BundleOptions): Promise<string> {
  return (await container(options)).must("run");
}

/** A namespace's name as the kernel shows it: `pid:[4026531836]`. */
export const namespaceOf = (pid: number | "self", kind: string) => runOk(["readlink", `/proc/${pid}/ns/${kind}`]);

/** The text of a v1 or v2 cgroup file of a container, whichever is there. */
export function cgroupFile(roots: TestRoots, name: string, files: readonly [controller: string, v1: string, v2: string]): string {
  const [controller, v1, v2] = files;
  const id = roots.id(name);
  for (const path of [`/sys/fs/cgroup/${controller}/${id}/${v1}`, `/sys/fs/cgroup/${id}/${v2}`]) {
    try {
      return readFileSync(path, "utf8").trim();
    } catch {
      // the other hierarchy
    }
  }
  throw new Error(`no cgroup of ${id} has ${v1} or ${v2}`);
}
