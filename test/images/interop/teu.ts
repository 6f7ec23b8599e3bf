// teu in the tests of this folder: an engine with roots of its own, its configuration, its trees to be compared with those of others.
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openBin } from "../../support/executables.ts";
import type { TestRoots } from "../../support/roots.ts";
import { type Outcome, type RunOptions, run } from "../../support/run.ts";
import { rootsEnvironment, teu } from "../../support/teu.ts";
import { readOverlay, type Tree } from "../../support/tree-facts.ts";
import type { Account } from "../../support/user.ts";

export interface Teu {
  /** Runs the program; its output. @throws Error when it fails */
  call(...words: readonly string[]): Promise<string>;
  tryCall(...words: readonly string[]): Promise<Outcome>;
  /** Pulls a name. @returns the digest that is printed */
  pull(name: string, ...flags: readonly string[]): Promise<string>;
  /** Pushes a name. @returns the digest that is printed */
  push(name: string): Promise<string>;
  /** Copies between transports. @returns the digest that arrived */
  copy(...words: readonly string[]): Promise<string>;
  /** Digest of an image's configuration. */
  id(name: string): Promise<string>;
  /** Runs a container of an image that is there; what it prints. */
  run(...words: readonly string[]): Promise<string>;
  /** The tree that a container of an image has. */
  tree(name: string): Promise<Tree>;
  /** Writes the part of the configuration about registries. */
  configure(registries: Readonly<Record<string, object>>): void;
}

const SCRIPT = join(import.meta.dir, "layers.script.ts");

/** The one digest that a command has told. */
function digestIn(text: string): string {
  const [digest] = /sha256:[0-9a-f]{64}/.exec(text) ?? [];
  if (digest === undefined) throw new Error(`no digest in: ${text}`);
  return digest;
}

function checked({ status, stdout, stderr }: Outcome, words: readonly string[]): string {
  if (status !== 0) throw new Error(`teu ${words.join(" ")}: exit status ${status}\n${stdout}${stderr}`);
  return stdout.trim();
}

/** An engine below `roots`; the account's, who must own the roots, when one is given. */
export function openTeu(roots: TestRoots, user?: Account): Teu {
  const options: RunOptions = {
    roots,
    timeoutMs: 60_000,
    // Whoever runs the tests may be logged in somewhere.
    env: { DOCKER_CONFIG: roots.path("docker-client"), REGISTRY_AUTH_FILE: roots.path("auth.json") },
    ...(user === undefined ? {} : { user }),
  };
  const tryCall = (...words: readonly string[]) => teu(words, options);
  const call = async (...words: readonly string[]) => checked(await tryCall(...words), words);
  const layers = async (name: string) => {
    const env = { ...options.env, ...rootsEnvironment(roots) };
    return checked(await run([process.execPath, SCRIPT, await openBin(), name], { ...options, env }), ["layers", name]).split("\n");
  };
  return {
    tryCall,
    call,
    pull: async (name, ...flags) => digestIn(await call("pull", ...flags, name)),
    push: async (name) => digestIn(await call("push", name)),
    copy: async (...words) => digestIn(await call("image", "copy", "--quiet", ...words)),
    id: (name) => call("image", "inspect", "--format", "{{.Id}}", name),
    run: (...words) => call("run", "--rm", "--pull", "never", ...words),
    tree: async (name) => readOverlay(await layers(name), roots.path("tree"), user === undefined ? {} : options),
    configure(registries) {
      const path = join(roots.root, "config/config.yaml");
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify({ registries }));
      if (user !== undefined) for (const made of [path, dirname(path)]) chownSync(made, user.uid, user.gid);
    },
  };
}
