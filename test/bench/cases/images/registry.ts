// Registries on localhost: Debian's docker-registry.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { promisify } from "node:util";
import type { Layout, Layouts } from "./layouts.ts";

const run = promisify(execFile);
const READY_TRIES = 100;

export interface BenchRegistry extends AsyncDisposable {
  readonly host: string;
  /** Has skopeo push the images to it, by the names of `layouts`, tagged `bench`. */
  fill(layouts: Readonly<Record<keyof Layouts, Layout>>): Promise<void>;
  /** Forgets everything that it holds. */
  empty(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Starts one with its content in `directory`; its end ends it. @throws when docker-registry is not installed */
export async function startBenchRegistry(directory: string): Promise<BenchRegistry> {
  await mkdir(directory, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const config = { version: "0.1", log: { level: "error" }, storage: { filesystem: { rootdirectory: directory } }, http: { addr: host } };
  await writeFile(`${directory}/config.yml`, JSON.stringify(config));
  const server = spawn("docker-registry", ["serve", `${directory}/config.yml`], { stdio: "ignore" });
  for (let tries = 0; tries < READY_TRIES && !(await fetch(`http://${host}/v2/`).catch(() => undefined))?.ok; tries++) await Bun.sleep(100);
  return {
    host,
    async fill(layouts) {
      for (const [name, layout] of Object.entries(layouts)) {
        await run("skopeo", ["copy", "--dest-tls-verify=false", `oci:${layout.directory}:bench`, `docker://${host}/${name}:bench`]);
      }
    },
    empty: () => rm(`${directory}/docker`, { recursive: true, force: true }),
    async [Symbol.asyncDispose]() {
      if (server.exitCode === null && server.kill("SIGTERM")) await once(server, "exit");
    },
  };
}
