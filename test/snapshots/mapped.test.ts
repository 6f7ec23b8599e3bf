// A container of root's whose ids are not the host's: it finds the image's files owned as they are, and what it writes is kept so.
import { expect } from "bun:test";
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { containerConfig } from "../../src/containers/config/container-config.ts";
import { overlayMount } from "../../src/image/snapshots/overlay.ts";
import { readCgroupFacts } from "../../src/kernel/probe/cgroup-read.ts";
import { readHostFacts } from "../../src/kernel/probe/facts.ts";
import type { Bundle } from "../../src/kernel/state/bundle.ts";
import type { CreateOptions } from "../../src/kernel/state/create-options.ts";
import { runContainer } from "../../src/kernel/state/run.ts";
import { allCapabilities, capabilityNames } from "../../src/kernel/tables/capabilities.ts";
import { executable } from "../support/executables.ts";
import { busyboxArchive, load } from "../support/images.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";

const FIRST = 300_000;
const IDS = [{ containerID: 0, hostID: FIRST, size: 65_536 }];

/** Runs a script in a container with mapped ids, and gives what it printed. */
async function runMapped(roots: TestRoots, layers: readonly string[], script: string): Promise<string> {
  const facts = readHostFacts({ cgroup: readCgroupFacts });
  const directory = join(roots.root, "c");
  const [upper, work] = [join(directory, "upper"), join(directory, "work")];
  for (const path of [directory, upper, work]) mkdirSync(path, { mode: 0o755 });
  const host = {
    rootless: false,
    idMaps: { uids: IDS, gids: IDS },
    capabilities: new Set(capabilityNames(allCapabilities(facts.capabilities.last))),
  };
  const asked = { args: ["sh", "-c", script], env: [], cwd: "/", user: { uid: 0, gid: 0 }, network: "none" } as const;
  const rest = { terminal: false, hostname: "box", readonlyRoot: false, mounts: [], resources: {}, rlimits: [], capAdd: [], capDrop: [] };
  const config = containerConfig({ rootfs: layers.at(-1) ?? "", ...asked, ...rest }, { ...host, throttledCpus: [] });
  const out = openSync(roots.path("out"), "w");
  const bundle = (id: string): Bundle => ({
    path: join(roots.runRoot, "containers", id),
    config,
    text: JSON.stringify(config),
    warnings: [],
    rootMount: overlayMount(layers, { upper, work }, { userxattr: false }),
  });
  const options = (id: string): CreateOptions => ({
    id,
    keeper: "monitor",
    monitor: { onExit: [] },
    preserveFds: 0,
    noPivot: false,
    noNewKeyring: false,
    stdio: ["ignore", out, out],
  });
  try {
    const context = {
      root: join(roots.runRoot, "containers"),
      launcher: executable("teu-launcher"),
      cacheDir: roots.path("cache"),
      build: "test",
      clamp: true,
      facts: () => facts,
      now: () => new Date(),
      warn: () => undefined,
    };
    const source = { id: roots.id("c"), key: undefined, bundle, options };
    const status = await runContainer(context, source, { keep: false, attend: () => undefined });
    return `${readFileSync(roots.path("out"), "utf8")}${status}`;
  } finally {
    closeSync(out);
  }
}

requires("root", "busybox").test("layers and the writable layer keep their owners on disk, and have the container's inside", async () => {
  await withRoots(async (roots) => {
    const own = { uid: 1000, gid: 1001 };
    const layers = [
      { d: { header: { flag: "5", mode: 0o755, ...own } }, "d/f": { header: own } },
      { d: { header: { flag: "5", mode: 0o755, ...own } }, "d/g": { header: own } },
    ];
    const image = await load(roots, await busyboxArchive("docker.io/library/box:latest", [{ layers }]), undefined);
    const script =
      "cat /proc/self/uid_map | tr -s ' '; stat -c '%u:%g' / /d/f /bin/busybox; cd /d && echo more >>f && touch own; chown 7:8 own; stat -c '%u:%g' f own; grep -c ' / ' /proc/self/mounts; grep -vcE ' /(proc|dev|sys| )' /proc/self/mounts; true";
    expect(await runMapped(roots, image.layers, script)).toBe(` 0 ${FIRST} 65536\n0:0\n1000:1001\n0:0\n1000:1001\n7:8\n1\n0\n0`);
    const owner = (path: string) => [statSync(path).uid, statSync(path).gid];
    expect(owner(join(roots.root, "c", "upper", "d", "f"))).toEqual([1000, 1001]);
    expect(owner(join(roots.root, "c", "upper", "d", "own"))).toEqual([7, 8]);
    expect(readFileSync(join(roots.root, "c", "upper", "d", "f"), "utf8")).toBe("more\n");
    expect(readFileSync(join(image.layers[1] ?? "", "d", "f"), "utf8")).toBe("");
  });
});
