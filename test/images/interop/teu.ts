// teu in the tests of this folder: an engine with roots of its own, its configuration, its trees to be compared with those of others.
import { chownSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { openBin } from "../../support/executables.ts";
import type { TestRoots } from "../../support/roots.ts";
import { type Outcome, run, runOk } from "../../support/run.ts";
import { rootsEnvironment, teu } from "../../support/teu.ts";
import type { Account } from "../../support/user.ts";

export interface Teu {
  /** A use case of images; what it prints, mostly a digest. @throws Error when it fails */
  images(...words: readonly string[]): Promise<string>;
  tryImages(...words: readonly string[]): Promise<Outcome>;
  /** Runs a container of an image that is there; what it prints. */
  run(...words: readonly string[]): Promise<string>;
  /** Writes the part of the configuration about registries. */
  configure(registries: Readonly<Record<string, object>>): void;
  /** Forgets all images: the next pull is one of an empty store. */
  empty(): Promise<void>;
}

const SCRIPT = join(import.meta.dir, "use-cases.script.ts");
const LATE = 120_000;

/** An engine below `roots`; the account's, who must own the roots, when one is given. */
export function openTeu(roots: TestRoots, user?: Account): Teu {
  const options = { roots, timeoutMs: LATE, ...(user === undefined ? {} : { user }) };
  const tryImages = async (...words: readonly string[]) =>
    run([process.execPath, SCRIPT, await openBin(), ...words], { ...options, env: rootsEnvironment(roots) });
  const checked = ({ status, stdout, stderr }: Outcome, words: readonly string[]) => {
    if (status !== 0) throw new Error(`teu ${words.join(" ")}: exit status ${status}\n${stdout}${stderr}`);
    return stdout.trim();
  };
  return {
    tryImages,
    images: async (...words) => checked(await tryImages(...words), words),
    run: async (...words) => checked(await teu(["run", "--rm", "--pull", "never", ...words], options), words),
    configure(registries) {
      const path = join(roots.root, "config/config.yaml");
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, JSON.stringify({ registries }));
      if (user !== undefined) for (const made of [path, dirname(path)]) chownSync(made, user.uid, user.gid);
    },
    async empty() {
      if (!existsSync(roots.root)) return;
      await runOk(["find", roots.root, "-mindepth", "1", "-maxdepth", "1", "!", "-name", "config", "-exec", "rm", "-rf", "{}", "+"]);
    },
  };
}
