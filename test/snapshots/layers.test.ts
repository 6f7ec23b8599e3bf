// Layers on the real overlayfs: what upper layers say of lower ones, many of them, and writes that never reach them.
import { describe, expect } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { overlayMount } from "../../src/image/snapshots/overlay.ts";
import { readCgroupFacts } from "../../src/kernel/probe/cgroup-read.ts";
import { readHostFacts } from "../../src/kernel/probe/facts.ts";
import type { RuntimeContext } from "../../src/kernel/state/context.ts";
import { readRootFiles } from "../../src/kernel/state/read-files.ts";
import { imageTests } from "../cli/image-cli.ts";
import { executable } from "../support/executables.ts";
import type { Layer } from "../support/image-archive.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";

const STACK: readonly Layer[] = [
  { "d/below": "1", "d/both": "1", "gone/f": "1", file: "1", "kind/f": "1" },
  { "d/both": "2", gone: "whiteout", opaque: "directory", kind: "a file now" },
  { "d/above": "3", "back/f": "3", file: "whiteout" },
];

imageTests(
  "upper layers add, replace, and take away",
  async (cli) => {
    const script = "cd /; ls d; cat d/both; echo; ls -d gone file 2>&1; cat kind";
    expect((await cli.teu([...cli.box("c"), "sh", "-c", script])).stdout).toBe(
      "above\nbelow\nboth\n2\nls: gone: No such file or directory\nls: file: No such file or directory\na file now",
    );
  },
  { layers: STACK },
);

imageTests(
  "an opaque directory hides what lies below it, and a whiteout in the accounts' way takes the user away",
  async (cli) => {
    expect((await cli.teu([...cli.box("c"), "ls", "/d"])).stdout).toBe("own\n");
    expect((await cli.teu([...cli.box("c", "-u", "user"), "true"])).stderr).toContain('unable to find user "user"');
    expect((await cli.teu([...cli.box("c", "-u", "new"), "id", "-u"])).stdout).toBe("9\n");
  },
  {
    layers: [{ "d/f": "1" }, { d: "opaque", "d/own": "2", "etc/passwd": "whiteout" }, { "etc/passwd": "new:x:9:9::/:\n" }],
  },
);

for (const count of [2, 40, 130]) {
  const layers = Array.from({ length: count - 1 }, (_, index) => ({ [`l${index}`]: `${index}`, top: `${index}` }));
  imageTests(
    `${count} layers are one root file system, and a write reaches none of them`,
    async (cli) => {
      const script = "cat /top; echo; ls -d /l* | wc -l; for f in /l*; do echo changed >$f || exit 1; done; rm /top";
      const { status, stdout, stderr } = await cli.teu([...cli.box("c"), "sh", "-c", script]);
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${count - 2}\n${count - 1}\n`, stderr: "" });
      const [, ...above] = cli.image.layers;
      for (const [index, layer] of above.entries()) {
        expect([readFileSync(join(layer, `l${index}`), "utf8"), readFileSync(join(layer, "top"), "utf8")]).toEqual([
          `${index}`,
          `${index}`,
        ]);
      }
    },
    { layers },
  );
}

describe("files are read through the layers", () => {
  const read = async (kernel: { major: number; minor: number } | undefined, count: number, name = "layer") =>
    withRoots(async (roots) => {
      const layers = Array.from({ length: count }, (_, index) => roots.path(`${name}-${"x".repeat(80)}`, `${index}`));
      for (const layer of layers) mkdirSync(join(layer, "etc"), { recursive: true });
      writeFileSync(join(layers[0] ?? "", "etc", "passwd"), "bottom");
      const facts = readHostFacts({ cgroup: readCgroupFacts });
      const context: RuntimeContext = {
        root: join(roots.runRoot, "containers"),
        launcher: executable("teu-launcher"),
        cacheDir: roots.path("cache"),
        build: "test",
        clamp: true,
        facts: () => ({ ...facts, ...(kernel === undefined ? {} : { kernel }) }),
        now: () => new Date(),
        warn: () => undefined,
      };
      const root = overlayMount(layers, undefined, { userxattr: false });
      const texts = readRootFiles(context, { root, paths: ["/etc/passwd", "/etc/none"], most: 1000, maps: undefined });
      expect(await runOk(["find", roots.runRoot, "-mindepth", "2"])).toBe("");
      return texts;
    });

  for (const { name, kernel, count } of [
    { name: "one", kernel: undefined, count: 1 },
    { name: "three", kernel: undefined, count: 3 },
    { name: "three, by short names, as before Linux 6.7", kernel: { major: 6, minor: 1 }, count: 3 },
    { name: "ninety, by short names", kernel: { major: 6, minor: 1 }, count: 90 },
  ] as const) {
    requires("root").test(name, async () => expect(await read(kernel, count)).toEqual(["bottom", ""]));
  }

  requires("root").test("whose names have signs that mean something to mount options", async () => {
    expect(await read(undefined, 3, "a:b\\c,d")).toEqual(["bottom", ""]);
    expect(await read({ major: 6, minor: 1 }, 3, "a:b\\c,d")).toEqual(["bottom", ""]);
  });

  requires("root").test("more than short names can be had for are refused", async () => {
    await expect(read({ major: 6, minor: 1 }, 130)).rejects.toThrow("before Linux 6.7 a mount cannot name so many");
  });
});
