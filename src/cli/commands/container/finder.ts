// Containers as `inspect` finds them.
import { TeuError } from "../../../base/errors.ts";
import { type InspectOptions, inspectContainer } from "../../../engine/containers/show/inspect.ts";
import type { Engine } from "../../../engine/engine.ts";
import { type Value, withHidden } from "../../format/template/values.ts";
import type { Finder } from "../show-objects.ts";

export function containerFinder(engine: Engine, options: InspectOptions): Finder {
  return {
    async find(name) {
      try {
        const found = await inspectContainer(engine, name, options);
        return { plain: asFields(found), whole: withAllFields(found) };
      } catch (error) {
        if (error instanceof TeuError && error.code === "not-found") return undefined;
        throw error;
      }
    },
  };
}

type JsonObject = Awaited<ReturnType<typeof inspectContainer>>;

type Fields = Readonly<Record<string, Value>>;

/** JSON data are values of templates; objects, by containerInspect. */
function asFields(object: unknown): Fields {
  return object as Fields;
}

/** docker's structures have fields that its JSON leaves out where they say nothing, and call the first `ID`: a template may ask for them. */
const HIDDEN: Readonly<Record<string, Readonly<Record<string, Value>>>> = {
  State: { Health: null },
  Config: { ExposedPorts: {}, Healthcheck: null, StopSignal: "", StopTimeout: null, Shell: [], NetworkDisabled: false, ArgsEscaped: false },
  HostConfig: { Annotations: {}, Init: null, Mounts: [], StorageOpt: {}, Sysctls: {}, Tmpfs: {} },
};

function withAllFields(found: JsonObject): Value {
  const parts = Object.entries(HIDDEN).map(([name, hidden]) => [name, withHidden(asFields(found[name]), hidden)]);
  return withHidden({ ...asFields(found), ...Object.fromEntries(parts) }, { ID: asFields(found).Id, SizeRw: null, SizeRootFs: null });
}
