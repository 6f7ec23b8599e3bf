// `docker-daemon:NAME`: images of a running docker, through its socket, as archives. Docker Engine API, "Export an image" (GET
// /images/{name}/get) and "Import images" (POST /images/load).
import { TeuError } from "../../base/errors.ts";
import { formatFamiliar, parseReference, withDefaultTag } from "../../spec/distribution/reference.ts";
import type { Platform } from "../../spec/image/platform.ts";
import type { ImageDestination, ImageSource } from "../ports/transport.ts";
import { singleImageArchive } from "./archive-writer.ts";
import { failed } from "./directory-files.ts";
import { dockerArchiveSource } from "./docker-archive.ts";
import { TarFiles, type TarOptions } from "./tar-files.ts";

export interface DockerDaemon {
  /** Path of the socket: `/var/run/docker.sock`. */
  readonly socket: string;
}

/** An error's text in the daemon's words; no more of it than anybody reads. */
const LONGEST_ANSWER = 64 * 1024;

async function readText(answer: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LONGEST_ANSWER) break;
  }
  return text.slice(0, LONGEST_ANSWER);
}

/** `{"message": …}` of a refusal, or the `{"error": …}` that comes in the stream of a load. */
function said(text: string, field: "message" | "error"): string | undefined {
  for (const line of text.split("\n").reverse()) {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value !== "object" || value === null) continue;
      const found: unknown = Object.getOwnPropertyDescriptor(value, field)?.value;
      if (typeof found === "string") return found.slice(0, 500);
    } catch {
      // not a line of JSON
    }
  }
  return undefined;
}

async function ask({ socket }: DockerDaemon, path: string, init: RequestInit, doing: string): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(`http://docker${path}`, { ...init, unix: socket });
  } catch (error) {
    init.signal?.throwIfAborted();
    throw new TeuError("unavailable", `${doing}: no docker daemon answers on ${socket}`, { cause: error });
  }
  if (answer.ok) return answer;
  const why = said(await readText(answer), "message") ?? `it answers ${answer.status}`;
  throw new TeuError(answer.status === 404 ? "not-found" : "unavailable", `${doing}: ${why}`);
}

/** An image of the daemon, kept in a file without a name. @throws TeuError `not-found`, `unavailable`. */
export async function openDockerDaemon(daemon: DockerDaemon, reference: string, options: TarOptions): Promise<ImageSource> {
  const name = `docker-daemon:${reference}`;
  const image = formatFamiliar(withDefaultTag(parseReference(reference)));
  const init = options.signal === undefined ? {} : { signal: options.signal };
  const answer = await ask(daemon, `/images/${encodeURIComponent(image)}/get`, init, `get ${name}`);
  if (answer.body === null) throw new TeuError("unavailable", `get ${name}: the daemon sent nothing`);
  let files: TarFiles;
  try {
    files = await TarFiles.fromStream(name, answer.body, options);
  } catch (error) {
    throw failed(`get ${name}`, error);
  }
  return dockerArchiveSource(name, files, { index: 0 });
}

/** Loads into the daemon with its `commit`. */
export async function dockerDaemonDestination(
  daemon: DockerDaemon,
  reference: string,
  options: { readonly temporary: string; readonly platform: Platform; readonly signal?: AbortSignal },
): Promise<ImageDestination> {
  const name = `docker-daemon:${reference}`;
  // Through a pipe: the archive's writer gives its chunks to the body of the request.
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const image = await singleImageArchive({ name, write: (chunk) => writer.write(chunk) }, { ...options, format: "docker" }, [reference]);
  return {
    name,
    hasBlob: (descriptor) => image.hasBlob(descriptor),
    putBlob: (descriptor, from, putOptions) => image.putBlob(descriptor, from, putOptions),
    putManifest: (manifest, putOptions) => image.putManifest(manifest, putOptions),
    commit: async () => {
      const headers = { "content-type": "application/x-tar" };
      const init = { method: "POST", headers, body: readable, ...(options.signal === undefined ? {} : { signal: options.signal }) };
      const loading = ask(daemon, "/images/load?quiet=1", init, `load ${name}`).then(async (answer) => {
        const why = said(await readText(answer), "error");
        if (why !== undefined) throw new TeuError("invalid", `load ${name}: ${why}`);
      });
      // Whichever fails first is the reason: a daemon that refuses stops reading, a writer that fails ends the request.
      const failures: unknown[] = [];
      const note = async (error: unknown): Promise<void> => {
        failures.push(error);
        await writer.abort(error).catch(() => undefined);
      };
      const sending = image.commit().then(() => writer.close());
      await Promise.all([sending.catch(note), loading.catch(note)]);
      if (failures.length > 0) throw failures[0];
    },
    [Symbol.asyncDispose]: () => image[Symbol.asyncDispose](),
  };
}
