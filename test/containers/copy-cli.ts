// Containers for tests of `cp`, `diff` and `export`: one that runs, one that has ended; and files of the caller's own beside them.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ImageCli } from "../cli/image-cli.ts";
import { eventually, type Outcome } from "../support/run.ts";

export interface CopyCli extends ImageCli {
  /** The container, as it is called. */
  readonly name: string;
  /** Runs a shell script as the caller, in the caller's directory; its output. */
  script(text: string): Promise<string>;
  /** `teu cp …` in that directory. */
  cp(...args: readonly string[]): Promise<Outcome>;
  /** The same, which must succeed. */
  copy(...args: readonly string[]): Promise<void>;
  /** A path in the caller's directory. */
  path(...parts: readonly string[]): string;
}

/** Copies from and to a container of this name. */
export async function openCopies(cli: ImageCli, name: string): Promise<CopyCli> {
  const directory = cli.roots.path("work");
  const made = await cli.run(["mkdir", "-p", directory]);
  if (made.status !== 0) mkdirSync(directory);
  const cp = (...args: readonly string[]) => cli.teu(["cp", ...args], { cwd: directory });
  return {
    ...cli,
    name,
    cp,
    copy: async (...args) => {
      const { status, stderr } = await cp(...args);
      if (status !== 0) throw new Error(`teu cp ${args.join(" ")}: exit status ${status}: ${stderr}`);
    },
    script: async (text) => {
      const { status, stdout, stderr } = await cli.run(["sh", "-ec", text], { cwd: directory });
      if (status !== 0) throw new Error(`${text}: exit status ${status}: ${stdout}${stderr}`);
      return stdout.trim();
    },
    path: (...parts) => join(directory, ...parts),
  };
}

/** With a container that runs a script, once it has said that it is ready; it is removed at the end. */
export async function whileRunning(
  cli: ImageCli,
  { flags = [], script = "" }: { readonly flags?: readonly string[]; readonly script?: string },
  body: (cli: CopyCli) => Promise<void>,
): Promise<void> {
  const name = cli.roots.id("c");
  const running = cli.start(["run", "--name", name, ...flags, "box", "sh", "-c", `${script}\necho ready; exec sleep 1000`]);
  try {
    await eventually("the container is ready", () => running.stdout().includes("ready"));
    await body(await openCopies(cli, name));
  } finally {
    await cli.teu(["rm", "-f", name]);
    await running.exited;
    running.dispose();
  }
}

/** With a container whose script has ended. */
export async function onceEnded(
  cli: ImageCli,
  { flags = [], script = "true" }: { readonly flags?: readonly string[]; readonly script?: string },
  body: (cli: CopyCli) => Promise<void>,
): Promise<void> {
  const name = cli.roots.id("c");
  const { status, stderr } = await cli.teu(["run", "--name", name, ...flags, "box", "sh", "-c", script]);
  if (status !== 0) throw new Error(`run: exit status ${status}: ${stderr}`);
  try {
    await body(await openCopies(cli, name));
  } finally {
    await cli.teu(["rm", "-f", name]);
  }
}
