// The operations on a network's chain of plugins (SPEC.md of CNI, section 3), with what was added kept in files. Nothing here knows of containers or of
// the command line: whoever has a network namespace can use it.
import { TeuError } from "../../base/errors.ts";
import { forgetAttachment, keepAttachment } from "./cache.ts";
import { type ConfigurationList, parseConflist } from "./conflist.ts";
import type { JsonObject } from "./json-value.ts";
import { callPlugin, type PluginPlaces } from "./plugin.ts";
import { type CniAttachment, requestText, unmetWishes, type ValidAttachment } from "./request.ts";
import { type CniResult, parseResult } from "./result.ts";
import { knows } from "./versions.ts";

export interface CniPlaces extends PluginPlaces {
  /** Where what was added is kept. */
  readonly cache: string;
}

/** A network's configuration list, as its text is stored. */
export interface CniNetwork {
  /** For messages. */
  readonly name: string;
  readonly conflist: string;
}

function listOf({ name, conflist }: CniNetwork): ConfigurationList {
  return parseConflist(conflist, `the configuration list of network ${name}`);
}

/**
 * ADD: each plugin gets the result of the one before, the last one's is the result. When one fails, what was made is deleted again.
 * @throws TeuError naming the plugin; `unsupported` for a wish that no plugin takes
 */
export async function addAttachment(network: CniNetwork, attachment: CniAttachment, places: CniPlaces): Promise<CniResult> {
  const list = listOf(network);
  const unmet = unmetWishes(list, attachment.capabilities);
  if (unmet.length > 0)
    throw new TeuError("unsupported", `network ${network.name}: none of its CNI plugins has the capability ${unmet.join(", ")}`);
  const kept = { network: list.name, conflist: network.conflist, attachment, path: places.path };
  keepAttachment(places.cache, kept);
  try {
    let result: CniResult | undefined;
    for (const plugin of list.plugins) {
      const input = requestText(list, plugin, { capabilities: attachment.capabilities, previous: result?.fields });
      const output = await callPlugin({ type: plugin.type, command: "ADD", input, attachment }, places);
      result = parseResult(output, `the result of CNI plugin ${plugin.type}`);
    }
    if (result === undefined) throw new TeuError("internal", `network ${network.name}: a chain without plugins`);
    keepAttachment(places.cache, { ...kept, result: result.fields });
    return result;
  } catch (error) {
    await deleteAttachment(network, attachment, places).catch(() => {
      // It stays in the cache, and is deleted by whoever looks after leftovers; what failed first is the reason.
    });
    throw error;
  }
}

/**
 * DEL, in reverse order. What is not there is no error; a plugin that fails ends it, and it may be called again.
 * @throws TeuError naming the plugin
 */
export async function deleteAttachment(
  network: CniNetwork,
  attachment: CniAttachment,
  places: CniPlaces,
  result?: JsonObject,
): Promise<void> {
  const list = listOf(network);
  const previous = knows(list.version, "prevResult of DEL") ? result : undefined;
  for (const plugin of list.plugins.toReversed()) {
    const input = requestText(list, plugin, { capabilities: attachment.capabilities, previous });
    await callPlugin({ type: plugin.type, command: "DEL", input, attachment }, places);
  }
  forgetAttachment(places.cache, list.name, attachment);
}

/** CHECK: whether an attachment is as ADD has left it. @throws TeuError naming the plugin and what it misses */
export async function checkAttachment(
  network: CniNetwork,
  attachment: CniAttachment,
  places: CniPlaces,
  result: JsonObject,
): Promise<void> {
  const list = listOf(network);
  if (list.disableCheck || !knows(list.version, "CHECK")) return;
  for (const plugin of list.plugins) {
    const input = requestText(list, plugin, { capabilities: attachment.capabilities, previous: result });
    await callPlugin({ type: plugin.type, command: "CHECK", input, attachment }, places);
  }
}

/** GC: what plugins hold for others than these goes. No ADD or DEL may run meanwhile. Every plugin is asked; the errors are the result. */
export async function collectGarbage(
  network: CniNetwork,
  valid: readonly ValidAttachment[],
  places: CniPlaces,
): Promise<readonly TeuError[]> {
  const list = listOf(network);
  const errors: TeuError[] = [];
  if (list.disableGc || !knows(list.version, "GC")) return errors;
  for (const plugin of list.plugins) {
    try {
      await callPlugin({ type: plugin.type, command: "GC", input: requestText(list, plugin, { valid }) }, places);
    } catch (error) {
      if (!(error instanceof TeuError)) throw error;
      errors.push(error);
    }
  }
  return errors;
}

/** STATUS: whether ADD would be served. @throws TeuError naming the plugin that is not ready */
export async function networkStatus(network: CniNetwork, places: CniPlaces): Promise<void> {
  const list = listOf(network);
  if (!knows(list.version, "STATUS")) return;
  for (const plugin of list.plugins)
    await callPlugin({ type: plugin.type, command: "STATUS", input: requestText(list, plugin, {}) }, places);
}
