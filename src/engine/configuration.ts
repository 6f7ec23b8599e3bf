// teu's own configuration, one YAML file (design: /etc/teu/config.yaml, without root $XDG_CONFIG_HOME/teu/config.yaml): what registries are
// like, how long images that nothing leads to are kept, where base images are made from, and what networks are like. Without the file everything has its default.
import { readFileSync } from "node:fs";
import { InvalidInputError, TeuError } from "../base/errors.ts";
import { failedWith, reasonOf } from "../base/file-errno.ts";
import { type BootstrapConfig, parseBootstrapConfig } from "../spec/config/bootstrap.ts";
import { type NetworkConfig, parseNetworkConfig } from "../spec/config/network.ts";
import { parseRegistriesConfig, type RegistriesConfig } from "../spec/config/registries.ts";
import { parseStorageConfig, type StorageConfig } from "../spec/config/storage.ts";

export interface Configuration {
  readonly registries: RegistriesConfig;
  readonly storage: StorageConfig;
  readonly bootstrap: BootstrapConfig;
  readonly network: NetworkConfig;
}

const LARGEST = 1024 * 1024;
const STORAGE = "storage";
const BOOTSTRAP = "bootstrap";
const NETWORK = "network";

/**
 * Reads the configuration; a file that is not there is an empty one.
 * @throws InvalidInputError naming the field; TeuError `denied` when the file cannot be read.
 */
export async function readConfiguration(path: string): Promise<Configuration> {
  const { [STORAGE]: storage, [BOOTSTRAP]: bootstrap, [NETWORK]: network, ...registries } = await readDocument(path);
  return {
    registries: parseRegistriesConfig(registries),
    storage: parseStorageConfig(storage),
    bootstrap: parseBootstrapConfig(bootstrap),
    network: parseNetworkConfig(network),
  };
}

async function readDocument(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (failedWith(cause, "ENOENT", "ENOTDIR")) return {};
    throw new TeuError("denied", `read the configuration ${path}: ${reasonOf(cause)}`, { cause });
  }
  const refuse = (message: string) => new InvalidInputError(`the configuration ${path}`, [{ field: "document", message }]);
  if (text.length > LARGEST) throw refuse(`is larger than ${LARGEST / 1024} KiB`);
  const { parse, YAMLError } = await import("yaml");
  try {
    const value: unknown = parse(text, { maxAliasCount: 100 }) ?? {};
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw refuse("must be a map of settings");
    return { ...value };
  } catch (error) {
    if (!(error instanceof YAMLError)) throw error;
    throw refuse(`is not YAML: ${error.message.split("\n")[0]}`);
  }
}
