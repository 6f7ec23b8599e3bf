// A directory that is being taken away bears another name: who renames it has it, and for everybody else it is gone. The name says who that is,
// so that the next command finishes what a killed one began.
import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { failedWith } from "../../../base/file-errno.ts";
import { isAlive, readProcess } from "../../../kernel/state/process.ts";

/** `.gone.<id>.<pid>.<start>` */
const NAME = /^\.gone\.([0-9a-f]+)\.(\d+)\.(\d+)$/;

function ownName(id: string): string {
  return `.gone.${id}.${process.pid}.${readProcess(process.pid)?.start ?? 0}`;
}

/** Takes the directory `id` of a parent; the name that it has from now on, or undefined where it is gone, or somebody else's. */
export function setAside(parent: string, id: string): string | undefined {
  const name = ownName(id);
  return moved(join(parent, id), join(parent, name)) ? name : undefined;
}

/** Takes over what killed commands have set aside, of one id or of any; the names that it has from now on. */
export function takeOver(parent: string, id?: string): string[] {
  return asideNames(parent, id).flatMap(({ name, holder, of }) => {
    if (isAlive(holder.pid, holder.start)) return [];
    const own = ownName(of);
    return moved(join(parent, name), join(parent, own)) ? [own] : [];
  });
}

/** Whether somebody who lives is at taking the directory away. */
export function isBeingTaken(parent: string, id: string): boolean {
  return asideNames(parent, id).some(({ holder }) => isAlive(holder.pid, holder.start));
}

function asideNames(parent: string, id?: string) {
  return namesIn(parent).flatMap((name) => {
    const [, of = "", pid = "", start = ""] = NAME.exec(name) ?? [];
    return of === "" || (id !== undefined && id !== of) ? [] : [{ name, of, holder: { pid: Number(pid), start } }];
  });
}

/** Of a directory that need not be there. */
export function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (failedWith(error, "ENOENT")) return [];
    throw error;
  }
}

function moved(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (failedWith(error, "ENOENT")) return false;
    throw error;
  }
}
