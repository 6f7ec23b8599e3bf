// The file of a configuration list, with the plugins that lie in the folder beside it (SPEC.md of CNI, section 1: "loadOnlyInlinedPlugins").
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { failedWith } from "../../base/file-errno.ts";
import { readJson } from "../../spec/json/read.ts";
import { writeJson } from "../../spec/json/write.ts";
import { type ConfigurationList, parseConflist } from "./conflist.ts";
import { type JsonObject, jsonObject } from "./json-value.ts";
import { nameFlaw } from "./names.ts";

/** Of a plugin that is its own file. */
const SUFFIX = /\.(conf|json)$/;

/**
 * What a network is made of, as one text: later changes of the files do not change the network ("should not change between add and delete").
 * @throws TeuError `not-found`, `invalid` with every problem and its field
 */
export function readConflist(path: string): { readonly text: string; readonly list: ConfigurationList } {
  if (!isAbsolute(path)) throw new TeuError("invalid", `conflist: ${path} is not an absolute path`);
  const whole = objectIn(path);
  const beside = besideOf(path, whole).map(objectIn);
  const inlined = Array.isArray(whole.plugins) ? whole.plugins : [];
  const text = writeJson(beside.length === 0 ? whole : { ...whole, plugins: [...inlined, ...beside] });
  return { text, list: parseConflist(text, path) };
}

function objectIn(path: string): JsonObject {
  try {
    // Links are followed: network plugins like to put theirs in place so. A FIFO would be waited for.
    if (!statSync(path).isFile()) throw new TeuError("invalid", `conflist: ${path} is not a regular file`);
    return readJson(readFileSync(path), { subject: path, shape: jsonObject }).value;
  } catch (error) {
    if (failedWith(error, "ENOENT")) throw new TeuError("not-found", `conflist: there is no file ${path} (ENOENT)`);
    if (error instanceof TeuError || !(error instanceof Error)) throw error;
    throw new TeuError("invalid", `conflist: read ${path}: ${error.message}`, { cause: error });
  }
}

/** Paths of the plugins in the folder of the network's name, in the order of their names. */
function besideOf(path: string, { name, loadOnlyInlinedPlugins, type }: JsonObject): string[] {
  if (loadOnlyInlinedPlugins === true || type !== undefined || typeof name !== "string" || nameFlaw(name) !== undefined) return [];
  const folder = join(dirname(path), basename(name));
  try {
    return readdirSync(folder)
      .filter((file) => SUFFIX.test(file))
      .toSorted()
      .map((file) => join(folder, file));
  } catch (error) {
    if (failedWith(error, "ENOENT") || failedWith(error, "ENOTDIR")) return [];
    throw error;
  }
}
