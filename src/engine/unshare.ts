// Use case `unshare`: a program in the user namespace that the containers of an ordinary user have.
import { TeuError } from "../base/errors.ts";
import { rootlessMaps } from "../containers/config/rootless-maps.ts";
import type { Launched } from "../kernel/launch/launcher.ts";
import { runUnshared, type Unshared } from "../kernel/state/unshare.ts";
import type { Engine } from "./engine.ts";

/** @throws TeuError `unsupported` for root; as runUnshared */
export function unshare({ runtime }: Engine, program: Omit<Unshared, "maps">, attend: (launched: Launched) => void): Promise<number> {
  const maps = rootlessMaps(runtime.facts());
  if (maps === undefined)
    throw new TeuError("unsupported", "unshare: root's containers have no user namespace to enter; run it as an ordinary user");
  return runUnshared(runtime, { ...program, maps }, attend);
}
