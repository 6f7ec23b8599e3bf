// Containers for the tests of escapes: made through bin/teu-runtime like an engine's, with a shell of busybox as the attacker.
import { readFileSync } from "node:fs";
import type { CapabilitySets } from "../../src/spec/runtime/config.ts";
import { CAPABILITY_NAMES } from "../../src/spec/runtime/names.ts";
import { type BundleOptions, bundle } from "../support/bundle.ts";
import type { TestRoots } from "../support/roots.ts";
import type { Outcome } from "../support/run.ts";
import { teuRuntime } from "../support/teu.ts";

export interface AttackOptions extends Omit<BundleOptions, "args" | "name" | "roots"> {
  /** Distinguishes the containers of one test; "a" by default. */
  readonly name?: string;
  /** Run by `sh -c` as the container's program. */
  readonly script: string;
}

/** Runs a script in a container to its end. */
export async function attack(roots: TestRoots, { name = "a", script, ...options }: AttackOptions): Promise<Outcome> {
  const directory = await bundle({ ...options, roots, name, args: ["sh", "-c", script] });
  return teuRuntime(["run", "--bundle", directory, roots.id(name)], { roots });
}

/** A container that runs until it is ended; the sweep of the roots ends it at the latest. */
export interface Victim {
  readonly id: string;
  /** The host's pid of its first process. */
  readonly pid: number;
  readonly bundle: string;
  readonly rootfs: string;
  /** Runs a shell script in it by `exec`. */
  exec(script: string, flags?: readonly string[]): Promise<Outcome>;
  end(): Promise<void>;
}

export interface VictimOptions extends Omit<AttackOptions, "script"> {
  /** What it does; by default it sleeps. */
  readonly script?: string;
  /** It is only created: its first process is still the launcher's. */
  readonly waits?: boolean;
}

/** Starts a container that nobody stays with: no launcher runs when this returns, unless it waits. */
export async function victim(roots: TestRoots, options: VictimOptions = {}): Promise<Victim> {
  const { name = "victim", waits = false, script, ...rest } = options;
  const directory = await bundle({ ...rest, roots, name, args: script === undefined ? ["sleep", "60"] : ["sh", "-c", script] });
  const id = roots.id(name);
  const pidFile = roots.path(`${name}.pid`);
  const verb = waits ? ["create"] : ["run", "--detach"];
  expectOk(await teuRuntime([...verb, "--pid-file", pidFile, "--bundle", directory, id], { roots }));
  return {
    id,
    pid: Number(readFileSync(pidFile, "utf8")),
    bundle: directory,
    rootfs: `${directory}/rootfs`,
    exec: (script, flags = []) => teuRuntime(["exec", ...flags, id, "sh", "-c", script], { roots }),
    async end() {
      expectOk(await teuRuntime(["delete", "--force", id], { roots }));
    },
  };
}

/** @throws Error with what a command said, when it failed */
export function expectOk(outcome: Outcome): Outcome {
  if (outcome.status !== 0) throw new Error(`exit status ${outcome.status}\n${outcome.stdout}${outcome.stderr}`);
  return outcome;
}

/** Every capability, as `--privileged` gives: what stays shut for this container is not shut by capabilities. */
export const ALL_CAPABILITIES: CapabilitySets = { bounding: CAPABILITY_NAMES, permitted: CAPABILITY_NAMES, effective: CAPABILITY_NAMES };
