// Who a container's program runs as: what was asked for, looked up in the accounts of its root file system. Those of an image do not change,
// so they are kept by its layers.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digestOf } from "../../../base/digest.ts";
import { type Accounts, type ContainerUser, parseAccounts, resolveUser, type UserRequest } from "../../../containers/config/accounts.ts";
import type { RuntimeContext } from "../../../kernel/state/context.ts";

/** `most`: larger files are no accounts, or meant to do harm. */
export const ACCOUNT_FILES = { paths: ["/etc/passwd", "/etc/group"], most: 4 * 1024 ** 2 } as const;

export interface AccountSource {
  /** Reads files of the root file system, each of so many bytes at most: empty where there is none. */
  readonly read: (paths: readonly string[], most: number) => readonly string[] | Promise<readonly string[]>;
  /** The layers of an image, which never change; none for a directory. */
  readonly layers?: readonly string[];
}

/**
 * The user of a request.
 * @throws InvalidInputError for one that is not there; KernelError where the files are no files
 */
export async function lookUpUser(context: RuntimeContext, request: UserRequest, source: AccountSource): Promise<ContainerUser> {
  return resolveUser(request, await readAccounts(context, source));
}

async function readAccounts(context: RuntimeContext, source: AccountSource): Promise<Accounts> {
  const kept = source.layers === undefined ? undefined : join(context.cacheDir, `accounts-${digestOf(source.layers.join("\0")).slice(7)}`);
  const [passwd = "", group = ""] = (kept === undefined ? undefined : readKept(kept)) ?? (await readAndKeep(context, source, kept));
  return parseAccounts(passwd, group);
}

async function readAndKeep(context: RuntimeContext, { read }: AccountSource, kept: string | undefined): Promise<readonly string[]> {
  const texts = await read(ACCOUNT_FILES.paths, ACCOUNT_FILES.most);
  if (kept !== undefined) keep(kept, texts, context.cacheDir);
  return texts;
}

/** Written by `keep` alone, in a directory that is the caller's alone. */
function readKept(path: string): readonly string[] | undefined {
  try {
    const texts: unknown = JSON.parse(readFileSync(path, "utf8"));
    return Array.isArray(texts) && texts.every((text) => typeof text === "string") ? texts : undefined;
  } catch {
    return undefined;
  }
}

function keep(path: string, texts: readonly string[], directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.${process.pid}`, JSON.stringify(texts), { mode: 0o600 });
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // A full disk costs only time.
  }
}
