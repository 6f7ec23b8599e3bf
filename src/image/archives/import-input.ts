// What `import` is given: a file, `-` for standard input, an address, or a directory, which is another way in (`importTree`).
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { TeuError } from "../../base/errors.ts";
import { failed } from "./directory-files.ts";

export type ImportInput =
  | { readonly kind: "stream"; readonly stream: AsyncIterable<Uint8Array> }
  | { readonly kind: "directory"; readonly path: string };

export interface InputOptions {
  readonly stdin: () => AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
}

/** @throws TeuError `not-found`, `denied`, `unavailable`. */
export async function openImportInput(input: string, options: InputOptions): Promise<ImportInput> {
  if (input === "-") return { kind: "stream", stream: options.stdin() };
  if (/^https?:\/\//i.test(input)) return { kind: "stream", stream: await download(input, options) };
  try {
    const handle = await open(input, constants.O_RDONLY);
    if ((await handle.stat()).isDirectory()) {
      await handle.close();
      return { kind: "directory", path: input };
    }
    return { kind: "stream", stream: handle.createReadStream() }; // closes the handle at its end
  } catch (error) {
    throw failed(`import ${input}`, error);
  }
}

/** An address without what it may hold of credentials, for messages. */
function shown(address: string): string {
  const url = new URL(address);
  return `${url.protocol}//${url.host}${url.pathname}`;
}

async function download(address: string, { signal }: InputOptions): Promise<AsyncIterable<Uint8Array>> {
  if (!URL.canParse(address)) throw new TeuError("invalid", "import from an address: it is no URL");
  let answer: Response;
  try {
    // Bytes as they lie there: a .tar.gz that the server calls `Content-Encoding: gzip` is unpacked by what it is, not by a header.
    answer = await fetch(address, { decompress: false, ...(signal === undefined ? {} : { signal }) });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new TeuError("unavailable", `import ${shown(address)}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
  if (!answer.ok || answer.body === null) {
    throw new TeuError(
      answer.status === 404 ? "not-found" : "unavailable",
      `import ${shown(address)}: the server answers ${answer.status}`,
    );
  }
  return answer.body;
}
