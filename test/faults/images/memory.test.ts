// Memory stays flat however large a layer is: a gigabyte, half of it noise, is pulled and loaded within 150 MiB of teu's resident memory, and the
// launcher needs a few.
import { expect } from "bun:test";
import { createReadStream, createWriteStream, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type Digest, Digester, digestOf } from "../../../src/base/digest.ts";
import { OCI_CONFIG, OCI_MANIFEST } from "../../../src/spec/image/media-types.ts";
import { header } from "../../layers/tar-builder.ts";
import { bytesOf } from "../../store/fixtures/images.ts";
import { requires } from "../../support/requires.ts";
import { withRoots } from "../../support/roots.ts";
import { runOk, start } from "../../support/run.ts";
import { reachable, rootsEnvironment } from "../../support/teu.ts";

const { test } = requires("root");

const MiB = 1024 ** 2;
const HALF = 512 * MiB;
/** MiB of teu; less than the first was not looked at. */
const [MEASURED, MOST] = [20, 150];
const MOST_OF_LAUNCHER = 8;

/** So much of a piece that repeats too far apart for gzip to see. */
function* repeated(piece: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < size; at += piece.length) yield piece;
}

interface Layout {
  /** The same as an OCI archive. */
  readonly archive: string;
  readonly manifest: Digest;
  path(digest: string): string;
}

/** An OCI layout whose one layer unpacks to a gigabyte: a member of gzip for each half. */
async function makeLayout(directory: string): Promise<Layout> {
  const blobs = join(directory, "blobs/sha256");
  mkdirSync(blobs, { recursive: true });
  const path = (digest: string) => join(blobs, digest.slice("sha256:".length));
  const put = (bytes: Uint8Array) => {
    const digest = digestOf(bytes);
    writeFileSync(path(digest), bytes);
    return { digest, size: bytes.length };
  };
  const [noise, text] = [bytesOf(1, 4 * MiB), Buffer.alloc(4 * MiB, "words that come again and again, with a number: 0123456789\n")];
  const halves: readonly (readonly [number, Generator<Uint8Array>])[] = [
    [0, concat(header({ name: "noise", size: HALF }), repeated(noise, HALF))],
    [1, concat(header({ name: "text", size: HALF }), repeated(text, HALF), [Buffer.alloc(1024)])],
  ];
  const diffId = new Digester();
  const file = join(directory, "layer");
  for (const [level, chunks] of halves) {
    const digested = function* () {
      for (const chunk of chunks) {
        diffId.update(chunk);
        yield chunk;
      }
    };
    await pipeline(digested(), createGzip({ level, chunkSize: MiB }), createWriteStream(file, { flags: "a", highWaterMark: MiB }));
  }
  const packed = new Digester();
  for await (const chunk of createReadStream(file, { highWaterMark: MiB })) packed.update(chunk as Buffer);
  const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: packed.digest(), size: statSync(file).size };
  renameSync(file, path(layer.digest));
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value));
  const rootfs = { type: "layers", diff_ids: [diffId.digest()] };
  const config = { mediaType: OCI_CONFIG, ...put(encode({ architecture: "amd64", os: "linux", rootfs })) };
  const manifest = put(encode({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [layer] }));
  const named = { mediaType: OCI_MANIFEST, ...manifest, annotations: { "org.opencontainers.image.ref.name": "localhost/large:1" } };
  writeFileSync(join(directory, "index.json"), encode({ schemaVersion: 2, manifests: [named] }));
  writeFileSync(join(directory, "oci-layout"), encode({ imageLayoutVersion: "1.0.0" }));
  const archive = `${directory}.tar`;
  await runOk(["tar", "-C", directory, "-cf", archive, "."]);
  return { archive, manifest: manifest.digest, path };
}

function* concat(...parts: readonly (Uint8Array | Iterable<Uint8Array>)[]): Generator<Uint8Array> {
  for (const part of parts) yield* part instanceof Uint8Array ? [part] : part;
}

/** Serves a layout from its files. */
function serve({ path, manifest }: Layout) {
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const [, kind, name = ""] = /\/(manifests|blobs)\/([^/]+)$/.exec(new URL(request.url).pathname) ?? [];
      if (kind === "manifests") return new Response(Bun.file(path(manifest)), { headers: { "content-type": OCI_MANIFEST } });
      return new Response(kind === "blobs" ? Bun.file(path(name)) : "{}");
    },
  });
}

/** Peak of a program's resident memory so far in MiB (proc_pid_status(5), VmHWM); 0 for one that is gone, or not executed yet. */
function peakOf(pid: number | string, program: string): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    if (!status.startsWith(`Name:\t${program}\n`)) return 0;
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function childrenOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  } catch {
    return [];
  }
}

/** Runs a command that must end well. Peaks in MiB. */
async function peaks(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly teu: number; readonly launcher: number }> {
  const running = start(argv, { env });
  running.endInput();
  let [teu, launcher, ended] = [0, 0, false];
  void running.exited.then(() => {
    ended = true;
  });
  while (!ended) {
    teu = Math.max(teu, peakOf(running.pid, "teu"));
    for (const child of childrenOf(running.pid)) launcher = Math.max(launcher, peakOf(child, "teu-launcher"));
    await Bun.sleep(10);
  }
  expect({ status: await running.exited, stderr: running.stderr() }).toEqual({ status: 0, stderr: "" });
  running.dispose();
  return { teu, launcher };
}

test(
  "a layer of a gigabyte is pulled and loaded in flat memory",
  () =>
    withRoots(async (roots) => {
      const layout = await makeLayout(roots.path("layout"));
      await using server = serve(layout);
      const program = await reachable("teu");
      const env = rootsEnvironment(roots);
      for (const args of [
        ["pull", `127.0.0.1:${server.port}/large:1`],
        ["load", "-i", layout.archive],
      ]) {
        const { teu, launcher } = await peaks([program, ...args], env);
        for (const [what, peak, least, most] of [
          ["teu", teu, MEASURED, MOST],
          ["launcher", launcher, 0, MOST_OF_LAUNCHER],
        ] as const)
          if (!(least < peak && peak < most)) throw new Error(`${args.join(" ")}: ${what} took ${peak} MiB, not ${least} to ${most}`);
        await runOk([program, "image", "prune", "-a", "-f"], { env });
      }
    }),
  180_000,
);
