// docker, when asked for, as a contender of the whole engine.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Bench, nothingToEnd } from "../bench.ts";
import type { Contender } from "../contest.ts";
import { type Dockerd, startDockerd } from "../dockerd.ts";

const run = promisify(execFile);

export interface Docker extends AsyncDisposable {
  readonly contender: Contender;
}

const absent = (missing: string): Docker => ({
  contender: { name: "docker", missing, sample: () => Promise.reject(new Error(missing)) },
  [Symbol.asyncDispose]: nothingToEnd,
});

/** Starts a private dockerd and imports the root file system; its end ends the daemon. */
export async function startDocker(bench: Bench, wanted: boolean): Promise<Docker> {
  if (!wanted) return absent("not asked for (--with-docker)");
  const missing = bench.programs.docker.missing ?? bench.programs.dockerd.missing;
  if (missing !== undefined) return absent(missing);
  let daemon: Dockerd | undefined;
  try {
    daemon = await startDockerd(bench, { name: "docker", driver: "vfs" });
    await run("sh", ["-c", `tar -C "$0" -c . | "$@"`, bench.bundles.rootfs, ...daemon.client, "import", "-", "bench"]);
  } catch (error) {
    await daemon?.[Symbol.asyncDispose]();
    return absent(error instanceof Error ? error.message : String(error));
  }
  const command = [...daemon.client, "run", "--rm", "--network", "none", "bench", "/bin/true"];
  return {
    contender: { name: "docker", sample: async () => (await bench.timer(command)).milliseconds },
    [Symbol.asyncDispose]: daemon[Symbol.asyncDispose],
  };
}
