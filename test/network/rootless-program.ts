// What the engine does for networks without root, a step a call and without containers: `bun rootless-program.ts BIN STEP [ARGUMENT]`, with the
// roots in the environment. What comes of it is printed as JSON.
import { TeuError } from "../../src/base/errors.ts";
import { engineOf } from "../../src/cli/engine.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { publishRootless, type RootlessTarget, unpublishRootless } from "../../src/engine/networks/rootless/forwarders.ts";
import { currentRootlessNetwork, endRootlessNetwork, rootlessNetwork } from "../../src/engine/networks/rootless/network.ts";

const [, , home = "", step = "", argument = "{}"] = process.argv;

const STEPS: Readonly<Record<string, (engine: Engine) => Promise<unknown>>> = {
  up: rootlessNetwork,
  current: async (engine) => currentRootlessNetwork(engine) ?? null,
  end: async (engine) => (await endRootlessNetwork(engine)) ?? null,
  publish: async (engine) => {
    const { container, targets } = JSON.parse(argument) as { readonly container: string; readonly targets: readonly RootlessTarget[] };
    publishRootless(engine, container, targets, await rootlessNetwork(engine));
    return null;
  },
  unpublish: async (engine) => unpublishRootless(engine, argument) ?? null,
};

const engine = engineOf({
  env: process.env,
  home,
  self: `${home}/teu`,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
try {
  console.log(JSON.stringify(await STEPS[step]?.(engine)));
} catch (error) {
  if (!(error instanceof TeuError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
