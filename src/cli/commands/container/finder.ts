// Containers as `inspect` finds them.
import { TeuError } from "../../../base/errors.ts";
import { type InspectOptions, inspectContainer } from "../../../engine/containers/show/inspect.ts";
import type { Engine } from "../../../engine/engine.ts";
import { isList, isMap, NIL_LIST, NIL_MAP, type Value, withHidden } from "../../format/template/values.ts";
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

/** docker's structures have fields that its JSON leaves out where they say nothing. */
const ABSENT: Readonly<Record<string, Fields>> = {
  State: { Health: null },
  Config: {
    ...{ ArgsEscaped: false, ExposedPorts: NIL_MAP, Healthcheck: null, MacAddress: "", NetworkDisabled: false },
    ...{ Shell: NIL_LIST, StopSignal: "", StopTimeout: null },
  },
  HostConfig: { Annotations: NIL_MAP, Init: null, Mounts: NIL_LIST, StorageOpt: NIL_MAP, Sysctls: NIL_MAP, Tmpfs: NIL_MAP },
  NetworkSettings: {},
};
/** Of the object itself; a template may also call its first field `ID`. */
const ABSENT_HERE: Fields = { SizeRw: null, SizeRootFs: null };
const ABSENT_OF_MOUNT: Fields = { Driver: "", Name: "", Source: "" };

/** Fields whose null is a pointer's, or a map's; any other one's is a list's. */
const POINTERS: ReadonlySet<string> = new Set(["MemorySwappiness", "OomKillDisable", "PidsLimit"]);
const MAPS: ReadonlySet<string> = new Set(["Volumes"]);

function withAllFields(found: JsonObject): Value {
  const whole = asFields(found);
  const parts = Object.entries(ABSENT).map(([name, absent]) => [name, typed(absent, whole[name])]);
  const mounts = isList(whole.Mounts) ? whole.Mounts.map((mount) => typed(ABSENT_OF_MOUNT, mount)) : whole.Mounts;
  const all = { ...whole, ...Object.fromEntries(parts), Mounts: mounts };
  return typed({ ...ABSENT_HERE, ID: whole.Id }, all);
}

function typed(hidden: Fields, value: Value): Value {
  if (!isMap(value)) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, field === null ? nilOf(name) : field]);
  return withHidden(Object.fromEntries(fields), hidden);
}

function nilOf(name: string): Value {
  return POINTERS.has(name) ? null : MAPS.has(name) ? NIL_MAP : NIL_LIST;
}
