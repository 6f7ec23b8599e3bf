// Networks as `inspect` finds them.
import { TeuError } from "../../../base/errors.ts";
import type { Engine } from "../../../engine/engine.ts";
import { type InspectedNetwork, inspectNetwork } from "../../../engine/networks/objects/inspect.ts";
import { NIL_MAP, type Value, withHidden } from "../../format/template/values.ts";
import type { Finder } from "../show-objects.ts";

/** With `only` nothing but networks is meant: what is none is an error. */
export function networkFinder(engine: Engine, { only }: { readonly only: boolean }): Finder {
  return {
    async find(name) {
      try {
        const found = await inspectNetwork(engine, name);
        return { plain: asFields(found), whole: withAllFields(found) };
      } catch (error) {
        if (!only && error instanceof TeuError && error.code === "not-found") return undefined;
        throw error;
      }
    },
  };
}

type Fields = Readonly<Record<string, Value>>;

/** JSON data are values of templates. */
function asFields(object: object): Fields {
  return object as Fields;
}

/** docker's structures have fields that its JSON leaves out where they say nothing. */
const ABSENT_OF_SUBNET = { IPRange: "", Gateway: "", AuxiliaryAddresses: NIL_MAP } as const;

function withAllFields(network: InspectedNetwork): Value {
  const { Options, Config, Driver } = network.IPAM;
  const subnets = Config.map((subnet) => withHidden(asFields(subnet), ABSENT_OF_SUBNET));
  const whole = { ...asFields(network), IPAM: { Driver, Options: Options ?? NIL_MAP, Config: subnets } };
  return withHidden(whole, { ID: network.Id });
}
