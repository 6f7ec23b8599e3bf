// What `network create -d cni` makes of its options: the settings of the network.
import { TeuError } from "../../base/errors.ts";
import type { DriverSettings } from "../model/network.ts";
import { findPlugin, PLUGIN_FOLDERS } from "./plugin.ts";
import { readConflist } from "./read-conflist.ts";

/** `--opt conflist=/etc/cni/net.d/10-net.conflist` */
const CONFLIST_OPTION = "conflist";

export interface CniWishes {
  readonly options: Readonly<Record<string, string>>;
  /** Flags of `network create` that were given and that plugins alone decide: `--subnet`. */
  readonly foreign: readonly string[];
  /** Where plugins are looked for. */
  readonly path: readonly string[];
  readonly rootless: boolean;
}

/**
 * Reads and checks the configuration list, and that its plugins are there.
 * @throws TeuError `unsupported` without root, `invalid` with every problem and its field, `not-found` for a plugin
 */
export function cniSettings({ options, foreign, path, rootless }: CniWishes): Extract<DriverSettings, { kind: "cni" }> {
  if (rootless)
    throw new TeuError("unsupported", "driver cni: CNI plugins change the host's network, for which they need root; use a bridge network");
  const { [CONFLIST_OPTION]: conflist, ...others } = options;
  if (conflist === undefined)
    throw new TeuError("invalid", `driver cni: --opt ${CONFLIST_OPTION}=PATH is required, the path of a configuration list of CNI`);
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new TeuError("invalid", `driver cni: there is no option ${JSON.stringify(other)}, only ${CONFLIST_OPTION}`);
  if (foreign.length > 0)
    throw new TeuError("invalid", `driver cni: ${foreign.join(", ")}: this is for the plugins to decide; write it into ${conflist}`);
  const { text, list } = readConflist(conflist);
  for (const { type } of list.plugins) findPlugin(type, path);
  return { kind: "cni", conflist: text, path };
}

/** Folders of plugins: those of $CNI_PATH before the usual ones. */
export function pluginPath(variable = ""): readonly string[] {
  return [...new Set([...variable.split(":").filter((folder) => folder.startsWith("/")), ...PLUGIN_FOLDERS])];
}
