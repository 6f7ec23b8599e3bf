// `exec --cgroup [CONTROLLERS:]PATH`: a cgroup that the container made below its own, where the new process goes (runc-exec(8)).
import { normalize } from "node:path";
import { TeuError } from "../../base/errors.ts";
import type { CgroupPaths } from "../cgroup/control/files.ts";

/**
 * The directories with the asked paths below them.
 * @param asked `PATH` for all controllers, alone; or `cpu,cpuacct:PATH` for some, any number of times.
 * @throws TeuError `invalid` for another form, a controller that the container does not have, or a path that leads out.
 */
export function subCgroupPaths(paths: CgroupPaths, asked: readonly string[]): CgroupPaths {
  const below: Record<string, string> = { ...paths };
  const seen = new Set<string>();
  for (const text of asked) {
    const { controllers, path } = parse(text, asked.length);
    for (const controller of controllers ?? Object.keys(paths)) {
      const directory = paths[controller];
      if (directory === undefined) throw refusal(text, `the container has no cgroup of controller ${JSON.stringify(controller)}`);
      if (seen.has(controller)) throw refusal(text, `controller ${controller} is given twice`);
      seen.add(controller);
      const target = normalize(`${directory}/${path}`).replace(/\/$/, "");
      if (target !== directory && !target.startsWith(`${directory}/`)) throw refusal(text, "it leads out of the container's cgroup");
      below[controller] = target;
    }
  }
  return below;
}

function parse(text: string, count: number): { readonly controllers?: readonly string[]; readonly path: string } {
  const [first = "", second, ...more] = text.split(":");
  if (more.length > 0) throw refusal(text, "it is not [CONTROLLERS:]PATH");
  if (second !== undefined) return { controllers: first.split(","), path: second };
  if (count > 1) throw refusal(text, "one of several must name its controllers");
  return { path: first };
}

function refusal(text: string, why: string): TeuError {
  return new TeuError("invalid", `--cgroup ${JSON.stringify(text)}: ${why}`);
}
