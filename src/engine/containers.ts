// Use cases about containers that are there: find, list, remove.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../base/errors.ts";
import { readConfigCopy } from "../kernel/state/bundle.ts";
import { deleteContainer } from "../kernel/state/delete.ts";
import { type Container, listContainers } from "../kernel/state/query.ts";
import { containerDir, listIds } from "../kernel/state/record.ts";
import { containerNames, readStored, type StoredContainer } from "./container-directory.ts";
import type { Engine } from "./engine.ts";

/**
 * The id of the container that people mean: its whole id or name, or so much of the beginning that no other begins so.
 * @throws TeuError `not-found`; `invalid` where several begin so
 */
export function findId(engine: Engine, text: string): string {
  const ids = [...listIds(engine.runtime.root), ...keptContainers(engine).map(({ id }) => id)];
  if (ids.includes(text)) return text;
  const matches = text === "" ? [] : ids.filter((id) => id.startsWith(text));
  const [only, ...more] = matches;
  if (only === undefined) throw new TeuError("not-found", `no container ${JSON.stringify(text)}`);
  if (more.length > 0)
    throw new TeuError("invalid", `${JSON.stringify(text)} is the beginning of ${matches.length} containers' ids: write more of it`);
  return only;
}

/** How a container's program ended: the monitor's words (docs/plan.md, "The end of a container"). */
export interface ContainerExit {
  /** 128 + n when signal n ended it. */
  readonly status: number;
  readonly signal: number | undefined;
}

export interface ContainerSummary {
  readonly id: string;
  /** RFC 3339. */
  readonly created: string;
  readonly status: Container["status"];
  readonly command: readonly string[];
  /** Where a monitor saw it end. */
  readonly exit: ContainerExit | undefined;
}

/** The containers that are there, the youngest first; those that have stopped only with `all`. */
export function summaries(engine: Engine, { all }: { readonly all: boolean }): ContainerSummary[] {
  const { runtime } = engine;
  const there = listContainers(runtime)
    .filter(({ status }) => all || status.status !== "stopped")
    .map(({ id, record, status }) => {
      const dir = containerDir(runtime.root, id);
      return {
        id,
        created: record.created,
        status,
        command: commandOf(dir),
        exit: status.status === "stopped" ? readExit(dir) : undefined,
      };
    });
  return [...there, ...(all ? outlived(engine) : [])].toSorted((a, b) => b.created.localeCompare(a.created));
}

/** docker's, where nobody has seen the end. */
const UNSEEN_END = 255;

/** Containers that a reboot ended: their state is gone, and what they wrote is there. */
function outlived(engine: Engine): ContainerSummary[] {
  const status = { status: "stopped" as const, pid: 0 };
  return keptContainers(engine).map(({ id, created, args }) => {
    return { id, created, status, command: args, exit: { status: UNSEEN_END, signal: undefined } };
  });
}

/** Those that have a directory and no state, and had it where we look: not another engine's that shares our root. */
function keptContainers({ root, runRoot, runtime }: Engine): StoredContainer[] {
  return containerNames(root).flatMap((id) => {
    const stored = existsSync(join(runtime.root, id)) ? undefined : readStored(root, id);
    return stored?.runRoot === runRoot ? [stored] : [];
  });
}

/** A copy that is damaged, or being deleted, is no reason to show nothing of the others. */
function commandOf(dir: string): readonly string[] {
  try {
    return readConfigCopy(dir).process?.args ?? [];
  } catch {
    return [];
  }
}

function readExit(dir: string): ContainerExit | undefined {
  let text: string;
  try {
    text = readFileSync(join(dir, "exit"), "utf8");
  } catch {
    return undefined; // its monitor was killed
  }
  const [, kind, number] = /^(exited|signaled) (\d+)/.exec(text) ?? [];
  if (kind === undefined) return undefined;
  return kind === "exited" ? { status: Number(number), signal: undefined } : { status: 128 + Number(number), signal: Number(number) };
}

/** Removes a container; with `force` also one that has not stopped. @throws as findId and deleteContainer */
export async function remove(engine: Engine, text: string, options: { readonly force: boolean }): Promise<void> {
  const id = findId(engine, text);
  if (keptContainers(engine).some((kept) => kept.id === id))
    await (await import("./release.ts")).releaseContainer(engine.runtime, engine.root, id);
  else await deleteContainer(engine.runtime, id, options);
}
