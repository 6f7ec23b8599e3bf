// Use cases about containers that are there: find, list, remove.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../base/errors.ts";
import { readConfigCopy } from "../kernel/state/bundle.ts";
import { deleteContainer } from "../kernel/state/delete.ts";
import { type Container, listContainers } from "../kernel/state/query.ts";
import { containerDir, listIds } from "../kernel/state/record.ts";
import type { Engine } from "./engine.ts";

/**
 * The id of the container that people mean: its whole id or name, or so much of the beginning that no other begins so.
 * @throws TeuError `not-found`; `invalid` where several begin so
 */
export function findId({ runtime }: Engine, text: string): string {
  const ids = listIds(runtime.root);
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

export interface ContainerSummary extends Container {
  readonly command: readonly string[];
  /** Where a monitor saw it end. */
  readonly exit: ContainerExit | undefined;
}

/** The containers that are there, the youngest first; those that have stopped only with `all`. */
export function summaries({ runtime }: Engine, { all }: { readonly all: boolean }): ContainerSummary[] {
  return listContainers(runtime)
    .filter(({ status }) => all || status.status !== "stopped")
    .toSorted((a, b) => b.record.created.localeCompare(a.record.created))
    .map((container) => {
      const dir = containerDir(runtime.root, container.id);
      return { ...container, command: commandOf(dir), exit: container.status.status === "stopped" ? readExit(dir) : undefined };
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
  await deleteContainer(engine.runtime, findId(engine, text), options);
}
