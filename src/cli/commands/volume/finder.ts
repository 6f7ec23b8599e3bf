// Volumes as `inspect` finds them.
import { TeuError } from "../../../base/errors.ts";
import type { Engine } from "../../../engine/engine.ts";
import { type InspectedVolume, inspectVolume } from "../../../engine/volumes/list.ts";
import type { Value } from "../../format/template/values.ts";
import type { Finder } from "../show-objects.ts";

/** With `only` nothing but volumes is meant: what is none is an error. */
export function volumeFinder(engine: Engine, { only }: { readonly only: boolean }): Finder {
  return {
    find(name) {
      try {
        const value = asValue(inspectVolume(engine, name));
        return { plain: value, whole: value };
      } catch (error) {
        if (!only && error instanceof TeuError && error.code === "not-found") return undefined;
        throw error;
      }
    },
  };
}

/** JSON data are values of templates. */
function asValue(volume: InspectedVolume): Value {
  return volume as unknown as Value;
}
