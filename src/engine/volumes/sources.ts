// Sources of bind mounts, made ready before each launch: those of `-v` that are not there are made, as docker does.
import { mkdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import type { ContainerDocument } from "../../containers/document/document.ts";
import type { BindRequest } from "../../containers/document/mounts.ts";
import { propagationAt } from "../../kernel/rootfs/mount-point.ts";

/** @throws TeuError `not-found` for another source that is not there; `invalid` for one whose mount is not as shared as it is to be */
export function readySources({ mounts }: Pick<ContainerDocument, "mounts">): void {
  for (const request of mounts) {
    if (request.kind !== "bind") continue;
    const { source, create, from } = request;
    if (statSync(source, { throwIfNoEntry: false }) === undefined) {
      if (!create)
        throw new TeuError("not-found", `invalid mount config for type "bind": bind source path does not exist: ${source} (${from})`);
      makeSource(source, from);
    }
    checkPropagation(request);
  }
}

function makeSource(source: string, from: string): void {
  try {
    mkdirSync(source, { recursive: true, mode: 0o755 });
  } catch (cause) {
    throw new TeuError("invalid", `make the source of ${from}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** docker's: what is to be passed on, or to come in, must be on a mount that does that. */
function checkPropagation({ source, propagation }: BindRequest): void {
  const [shared, slave] = [propagation?.endsWith("shared") === true, propagation?.endsWith("slave") === true];
  if (!shared && !slave) return;
  const at = propagationAt(realpathSync(source), readFileSync("/proc/self/mountinfo", "utf8"));
  if (at.shared || (slave && at.slave)) return;
  const wanted = shared ? "a shared mount" : "a shared or slave mount";
  throw new TeuError("invalid", `path ${source} is mounted on ${at.point} but it is not ${wanted}`);
}
