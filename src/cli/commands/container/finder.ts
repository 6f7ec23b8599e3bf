// Containers as `inspect` finds them.
import { TeuError } from "../../../base/errors.ts";
import { type InspectOptions, inspectContainer } from "../../../engine/containers/show/inspect.ts";
import type { Engine } from "../../../engine/engine.ts";
import type { Value } from "../../format/template/values.ts";
import type { Finder } from "../show-objects.ts";

export function containerFinder(engine: Engine, options: InspectOptions): Finder {
  return {
    async find(name) {
      try {
        const found = await inspectContainer(engine, name, options);
        return { plain: asValue(found), whole: asValue(withAllFields(found)) };
      } catch (error) {
        if (error instanceof TeuError && error.code === "not-found") return undefined;
        throw error;
      }
    },
  };
}

type JsonObject = Awaited<ReturnType<typeof inspectContainer>>;

/** JSON data are values of templates. */
function asValue(object: JsonObject): Value {
  return object as Value;
}

/** docker's structures have fields that its JSON leaves out where they say nothing, and call the first `ID`. */
const ABSENT: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  State: { Health: null },
  Config: { ExposedPorts: {}, Healthcheck: null, StopSignal: "", StopTimeout: null, Shell: [], NetworkDisabled: false, ArgsEscaped: false },
  HostConfig: { Annotations: {}, Init: null, Mounts: [], StorageOpt: {}, Sysctls: {}, Tmpfs: {} },
};

function withAllFields(found: JsonObject): JsonObject {
  const parts = Object.entries(ABSENT).map(([name, absent]) => [name, { ...absent, ...(found[name] as JsonObject) }]); // objects, by containerInspect
  return { ID: found.Id, SizeRw: null, SizeRootFs: null, ...found, ...Object.fromEntries(parts) };
}
