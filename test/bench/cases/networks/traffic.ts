// Traffic into one container of an engine, by traffic.c: started in the network namespaces of its places, so that no image needs to hold it.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

export type Kind = "stream" | "rounds";
const NANOSECONDS = 1e6;

/** Servers end with it. */
export interface Traffic extends Disposable {
  /** Milliseconds for so many bytes or rounds to a server. @param via command words that enter the place that asks */
  ask(
    via: readonly string[],
    kind: Kind,
    server: { readonly address: string; readonly port: number; readonly amount: number },
  ): Promise<number>;
  /** Serves a port in a place. */
  serve(via: readonly string[], port: number): Promise<void>;
}

/** Compiles the program into `directory`. */
export async function makeTraffic(directory: string): Promise<Traffic> {
  const program = join(directory, "traffic");
  await run("cc", [
    "-std=gnu11",
    "-O2",
    "-Wall",
    "-Wextra",
    "-static",
    "-o",
    program,
    fileURLToPath(new URL("traffic.c", import.meta.url)),
  ]);
  const servers: ChildProcess[] = [];
  return {
    async ask(via, kind, { address, port, amount }) {
      const [first = program, ...rest] = [...via, program, kind, address, `${port}`, `${amount}`];
      const { stdout } = await run(first, rest, { timeout: 120_000 });
      return Number(stdout) / NANOSECONDS;
    },
    async serve(via, port) {
      const [first = program, ...rest] = [...via, program, "serve", `${port}`];
      const server = spawn(first, rest, { stdio: ["ignore", "pipe", "inherit"] });
      servers.push(server);
      const [said] = await Promise.race([once(server.stdout, "data"), once(server, "exit")]);
      if (String(said).trim() !== "ready") throw new Error(`traffic serve ${port}: ${said}`);
    },
    [Symbol.dispose]() {
      for (const server of servers) server.kill("SIGKILL");
    },
  };
}
