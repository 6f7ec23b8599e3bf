// A pull that is killed or interrupted in the middle of a layer is gone on with by the next one, which fetches the rest only.
import { expect } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { startCuttingProxy } from "../../support/cutting-proxy.ts";
import { startRegistry } from "../../support/registry.ts";
import { requires } from "../../support/requires.ts";
import { type TestRoots, withRoots } from "../../support/roots.ts";
import { eventually, start } from "../../support/run.ts";
import { reachable, rootsEnvironment, teu } from "../../support/teu.ts";
import { imageOf, noiseLayer, publish } from "./pool.ts";
import { expectQuiet, expectSound, namesIn } from "./sound.ts";

const { test } = requires("root", "registry");

const MiB = 1024 ** 2;
const SIZE = 12 * MiB;
const BROKEN_AFTER = 7 * MiB;
/** What may be lost on the way between the proxy and the disk. */
const LOST = MiB;
/** Headers and manifests. */
const TALK = 64 * 1024;

const layer = noiseLayer(1, SIZE);
const image = imageOf("pool/large", [layer]);

/** Bytes of the downloads that are not whole. */
function partialBytes({ root }: TestRoots): number {
  const folder = join(root, "content/ingest");
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

test.each(["SIGKILL", "SIGINT", "SIGTERM"] as const)(
  "a pull that %s ends in the middle of a layer leaves what the next one goes on from",
  async (signal) => {
    await using registry = await startRegistry();
    await publish(registry.url, image);
    await withRoots(async (roots) => {
      // A mirror for the name, so that both pulls mean the same image by whichever way they get it.
      await using gone = await startCuttingProxy({ to: registry.host, afterBytes: BROKEN_AFTER, times: 1, hangs: true });
      const name = `${gone.host}/pool/large:1`;
      const running = start([await reachable("teu"), "pull", name], { env: rootsEnvironment(roots) });
      await eventually("most of what came is on the disk", () => gone.cuts === 1 && partialBytes(roots) > BROKEN_AFTER - LOST);
      running.kill(signal);
      expect(await running.exited).toBeGreaterThan(0);
      running.dispose();
      await expectQuiet(roots);
      expect(namesIn(roots.root).size).toBe(0);
      expect(readdirSync(join(roots.root, "layers")).filter((entry) => !entry.startsWith("."))).toEqual([]);

      const [kept, before] = [partialBytes(roots), gone.bytesDown];
      expect(await teu(["pull", name], { roots })).toMatchObject({ status: 0, stderr: "" });
      expect(gone.bytesDown - before).toBeLessThan(layer.descriptor.size - kept + TALK);
      await expectSound(roots.root, [image], ["pool/large:1"], signal);
      expect(partialBytes(roots)).toBe(0);
    });
  },
);

test("a pull goes on by itself when its connection is cut, again and again", async () => {
  await using registry = await startRegistry();
  await publish(registry.url, image);
  await withRoots(async (roots) => {
    await using proxy = await startCuttingProxy({ to: registry.host, afterBytes: 3 * MiB, times: 3 });
    expect(await teu(["pull", `${proxy.host}/pool/large:1`], { roots })).toMatchObject({ status: 0, stderr: "" });
    expect(proxy.cuts).toBe(3);
    expect(proxy.bytesDown).toBeLessThan(layer.descriptor.size + 3 * LOST);
    await expectSound(roots.root, [image], ["pool/large:1"], "after three cuts");
  });
});

test("a network that never comes back is told as it is, and what came is kept", async () => {
  await using registry = await startRegistry();
  await publish(registry.url, image);
  await withRoots(async (roots) => {
    await using proxy = await startCuttingProxy({ to: registry.host, afterBytes: MiB, times: 1 });
    const running = start([await reachable("teu"), "pull", `${proxy.host}/pool/large:1`], { env: rootsEnvironment(roots) });
    await eventually("the connection is cut", () => proxy.cuts === 1);
    await proxy[Symbol.asyncDispose]();
    expect(await running.exited).toBe(1);
    expect(running.stderr()).toMatch(/^teu: [^\n]*(connection|nothing listens)[^\n]*\n$/);
    running.dispose();
    await expectQuiet(roots);
    expect(partialBytes(roots)).toBeGreaterThan(0);
    await expectSound(roots.root, [image], [], "without a network");
  });
}, 30_000);
