// Mounts land where they were meant to, inside of the root: whatever links the image holds (CVE-2019-19921), whatever `..` the
// configuration holds, and whoever swaps a directory for a link meanwhile (CVE-2021-30465).
import { describe, expect } from "bun:test";
import { mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Mount } from "../../src/spec/runtime/config.ts";
import { bundle } from "../support/bundle.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { type Outcome, start } from "../support/run.ts";
import { teuRuntime } from "../support/teu.ts";

const { test } = requires("root", "busybox");

/** Where a tmpfs of ours lies, as the container sees it. */
const WHERE = "awk '/ - tmpfs marker /{print $5}' /proc/self/mountinfo";
const marker = (destination: string): Mount => ({ destination, type: "tmpfs", source: "marker" });

interface Made {
  readonly rootfs: string;
  /** A directory of the host's, which must stay empty. */
  readonly outside: string;
}

async function mountedAt(roots: TestRoots, destination: string, prepare: (made: Made) => void): Promise<Outcome> {
  const outside = roots.path("outside");
  mkdirSync(outside, { recursive: true });
  const tweak = (config: { readonly mounts?: readonly Mount[] }) => ({
    ...config,
    mounts: [...(config.mounts ?? []), marker(destination)],
  });
  const directory = await bundle({ roots, args: ["sh", "-c", WHERE], tweak });
  prepare({ rootfs: join(directory, "rootfs"), outside });
  const outcome = await teuRuntime(["run", "--bundle", directory, roots.id("bundle")], { roots });
  expect(readdirSync(outside)).toEqual([]);
  return outcome;
}

/** Replaces what the image has at a path by a link. */
const linked = (rootfs: string, path: string, target: string) => {
  rmSync(join(rootfs, path), { recursive: true, force: true });
  symlinkSync(target, join(rootfs, path));
};

// biome-ignore format: table
const INSIDE: readonly { name: string; destination: string; want: (roots: TestRoots) => string; prepare: (made: Made) => void }[] = [
  { name: "a link to the root", destination: "/etc/x", want: () => "/x", prepare: ({ rootfs }) => linked(rootfs, "etc", "/") },
  { name: "a link upwards", destination: "/home/x", want: () => "/x", prepare: ({ rootfs }) => linked(rootfs, "home", "../../../../../../..") },
  { name: "a link to a directory of the host's", destination: "/home/x", want: (roots) => `${roots.path("outside")}/x`,
    prepare: ({ rootfs, outside }) => linked(rootfs, "home", outside) },
  { name: "a dangling link in the last place", destination: "/home", want: (roots) => `${roots.path("outside")}/made`,
    prepare: ({ rootfs, outside }) => linked(rootfs, "home", `${outside}/made`) },
  { name: "a link by way of a link", destination: "/home/x", want: () => "/tmp/x",
    prepare: ({ rootfs }) => { linked(rootfs, "home", "var/../run"); linked(rootfs, "run", "/../../tmp"); } },
  { name: "dots in the destination", destination: "/../../../../../home/../var/./x", want: () => "/var/x", prepare: () => {} },
];

describe("a mount lands inside through", () => {
  for (const { name, destination, want, prepare } of INSIDE) {
    test(name, () =>
      withRoots(async (roots) => {
        const { status, stdout, stderr } = await mountedAt(roots, destination, prepare);
        expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${want(roots)}\n`, stderr: "" });
      }),
    );
  }
});

// biome-ignore format: table
const REFUSED: readonly { name: string; destination: string; prepare: (made: Made) => void; says: RegExp }[] = [
  { name: "over procfs", destination: "/proc", prepare: () => {}, says: /mounts\[6\]\.destination: can only be a procfs/ },
  { name: "inside procfs", destination: "/proc/self/attr", prepare: () => {}, says: /lies inside \/proc/ },
  { name: "inside procfs by dots", destination: "/var/../proc/sys/kernel", prepare: () => {}, says: /lies inside \/proc/ },
  { name: "inside procfs by a link", destination: "/home/sys", prepare: ({ rootfs }) => linked(rootfs, "home", "/proc"), says: /mounts\[6\]: .*EXDEV/ },
  { name: "on a file of procfs by a link", destination: "/home", prepare: ({ rootfs }) => linked(rootfs, "home", "/proc/self/attr"), says: /mounts\[6\]: .*EXDEV/ },
  { name: "through a magic link", destination: "/home/x", prepare: ({ rootfs }) => linked(rootfs, "home", "/proc/self/fd/3"), says: /mounts\[6\]: .*ELOOP/ },
  { name: "with a link in procfs's place", destination: "/home", prepare: ({ rootfs }) => linked(rootfs, "proc", "/tmp"), says: /mounts\[0\]: .*ELOOP/ },
  { name: "with a link in sysfs's place", destination: "/home", prepare: ({ rootfs }) => linked(rootfs, "sys", "/tmp"), says: /mounts\[5\]: .*ELOOP/ },
];

describe("a container is refused a mount", () => {
  for (const { name, destination, prepare, says } of REFUSED) {
    test(name, () =>
      withRoots(async (roots) => {
        const { status, stderr } = await mountedAt(roots, destination, prepare);
        expect(status).toBe(1);
        expect(stderr).toMatch(says);
      }),
    );
  }
});

/** Swaps `t`, a directory, for `l`, a link, and back, as fast as one processor can. */
const RACER =
  "const { renameSync } = require('node:fs'); for (;;) { renameSync('t', 'd'); renameSync('l', 't'); renameSync('t', 'l'); renameSync('d', 't'); }";
const ROUNDS = 120;
const SECONDS = 12;

test(
  "a target that is swapped for a link while it is mounted on never takes a mount outside",
  () =>
    withRoots(async (roots) => {
      const [shared, outside] = [roots.path("shared"), roots.path("outside")];
      for (const path of [join(shared, "t"), outside]) mkdirSync(path, { recursive: true });
      symlinkSync(outside, join(shared, "l"));
      const mounts: readonly Mount[] = [{ destination: "/vol", type: "bind", source: shared, options: ["bind"] }, marker("/vol/t/inner")];
      const tweak = (config: { readonly mounts?: readonly Mount[] }) => ({ ...config, mounts: [...(config.mounts ?? []), ...mounts] });
      const directory = await bundle({ roots, args: ["sh", "-c", WHERE], tweak });
      const racer = start([process.execPath, "-e", RACER], { cwd: shared });
      const seen = new Map<string, number>();
      const until = performance.now() + SECONDS * 1000;
      try {
        for (let round = 0; round < ROUNDS && performance.now() < until; round += 1) {
          const { status, stdout } = await teuRuntime(["run", "--bundle", directory, roots.id("bundle")], { roots });
          const where = status === 0 ? stdout.trim() : "refused";
          seen.set(where, (seen.get(where) ?? 0) + 1);
        }
      } finally {
        racer.kill("SIGKILL");
        await racer.exited;
        racer.dispose();
      }
      expect(readdirSync(outside)).toEqual([]);
      // By the time that it is looked at, the directory has one of three names, or the link was followed inside of the root. Outside there would be none.
      const inside = /^(\/vol\/[tdl]\/inner|refused|.*\/outside\/inner)$/;
      expect([...seen.keys()].filter((where) => !inside.test(where))).toEqual([]);
      expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
      console.info(
        `mount targets swapped: ${[...seen].map(([where, count]) => `${count} × ${where.replace(roots.directory, "…")}`).join(", ")}`,
      );
    }),
  40_000,
);
