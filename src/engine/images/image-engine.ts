// What the use cases about images share: the store, the registries as the configuration has them, and who unpacks. Made once a command;
// disposed of, it closes the store.
import { mkdirSync } from "node:fs";
import { rootlessMaps } from "../../containers/config/rootless-maps.ts";
import { ownIdentity } from "../../image/store/own-identity.ts";
import { openStore, type Store } from "../../image/store/store.ts";
import type { IdMaps } from "../../image/unpack/below.ts";
import type { OpenWriter } from "../../image/unpack/fill.ts";
import { removeTree } from "../../kernel/tree/remove.ts";
import type { TreeSessionOptions } from "../../kernel/tree/session.ts";
import { openTreeWriter } from "../../kernel/tree/writer.ts";
import { normalizePlatform, type Platform } from "../../spec/image/platform.ts";
import { type Configuration, readConfiguration } from "../configuration.ts";
import { containerImages } from "../containers/state/directory.ts";
import type { Engine } from "../engine.ts";
import type { Network } from "./network.ts";

export interface ImageEngine extends Disposable {
  readonly engine: Engine;
  readonly store: Store;
  /** Of the containers that run here: which image of an index is meant. */
  readonly platform: Platform;
  /** Sessions on trees of this engine: who owns the files, where nameless files go. */
  readonly trees: TreeSessionOptions;
  /** Writes into a layer's directory. */
  readonly openWriter: OpenWriter;
  /** Where files belong to the users of a user namespace. */
  readonly maps: IdMaps | undefined;
  configuration(): Promise<Configuration>;
  /** The registries; loaded when one is spoken to. */
  network(): Promise<Network>;
}

/** Opens the engine's images; nothing is touched before it is used. */
export function openImages(engine: Engine): ImageEngine {
  const { runtime, root, runRoot } = engine;
  const facts = runtime.facts();
  const maps = rootlessMaps(facts);
  mkdirSync(runRoot, { recursive: true, mode: 0o700 });
  const trees: TreeSessionOptions = {
    launcher: runtime.launcher,
    dir: runRoot,
    ...(maps === undefined ? {} : { userns: { ...maps, facts } }),
  };
  const platform = normalizePlatform({ os: "linux", architecture: facts.arch });
  const store = openStore({
    root,
    now: () => runtime.now().getTime(),
    process: ownIdentity(),
    platform,
    containers: () => containerImages(root),
    removeTree: (path) => removeTree({ ...trees, path }),
  });
  let configuration: Promise<Configuration> | undefined;
  const configured = () => {
    configuration ??= readConfiguration(engine.configFile);
    return configuration;
  };
  let network: Promise<Network> | undefined;
  return {
    engine,
    store,
    platform,
    trees,
    maps,
    openWriter: (directory) => openTreeWriter({ ...trees, root: directory, subject: "the layer", userxattr: maps !== undefined }),
    configuration: configured,
    network: () => {
      network ??= import("./network.ts").then(async ({ openNetwork }) => openNetwork(engine, (await configured()).registries));
      return network;
    },
    [Symbol.dispose]: () => store.close(),
  };
}
