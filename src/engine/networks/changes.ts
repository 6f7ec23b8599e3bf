// A change of a container's networks while it runs is in its rows and in the kernel, and the command may be killed between the two. So it is noted
// meanwhile: <run root>/networks/changes/<container>.<pid>.<start>. The next command that looks for leftovers finishes the change (containers/finish.ts).
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive, readProcess } from "../../kernel/state/process.ts";
import type { Engine } from "../engine.ts";
import { markersDirectory } from "./marker.ts";

const changesDirectory = (engine: Pick<Engine, "runRoot">): string => join(markersDirectory(engine), "changes");

/** The note goes with the block that it is taken in. */
export function noteChange(engine: Pick<Engine, "runRoot">, container: string): Disposable {
  mkdirSync(changesDirectory(engine), { recursive: true, mode: 0o700 });
  const path = join(changesDirectory(engine), `${container}.${process.pid}.${readProcess(process.pid)?.start ?? 0}`);
  writeFileSync(path, "", { mode: 0o600 });
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}

/** Its networks were lost with the user's namespace: to be connected to them anew, as after a change that was never finished. */
export function noteLost(engine: Pick<Engine, "runRoot">, container: string): void {
  mkdirSync(changesDirectory(engine), { recursive: true, mode: 0o700 });
  writeFileSync(join(changesDirectory(engine), `${container}.0.0`), "", { mode: 0o600 });
}

/** Whether a command is at it. */
export function isChanging(engine: Pick<Engine, "runRoot">, container: string): boolean {
  const directory = changesDirectory(engine);
  return existsSync(directory) && readdirSync(directory).some((name) => name.startsWith(`${container}.`) && isAlive(...makerIn(name)));
}

/** Of a command that was killed. */
export interface Abandoned {
  readonly container: string;
  /** To be called when its change is finished. */
  forget(): void;
}

export function abandonedChanges(engine: Pick<Engine, "runRoot">): readonly Abandoned[] {
  const directory = changesDirectory(engine);
  if (!existsSync(directory)) return [];
  return readdirSync(directory).flatMap((name) => {
    const [container = ""] = name.split(".");
    return isAlive(...makerIn(name)) ? [] : [{ container, forget: () => rmSync(join(directory, name), { force: true }) }];
  });
}

function makerIn(name: string): readonly [pid: number, start: string] {
  const [, pid, start = ""] = name.split(".");
  return [Number(pid), start];
}
