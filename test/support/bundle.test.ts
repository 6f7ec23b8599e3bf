// Proves the makers with a runtime that is not ours: what another runtime accepts is a bundle.
import { expect } from "bun:test";
import { bundle } from "./bundle.ts";
import { requires } from "./requires.ts";
import { debianRootfs } from "./rootfs.ts";
import { withRoots } from "./roots.ts";
import { runOk } from "./run.ts";

const RUNC = ["runc", "--root"];

requires("root", "busybox", "runc").test("a bundle of busybox runs", async () => {
  await withRoots(async (roots) => {
    const path = await bundle({ roots, args: ["sh", "-c", "hostname; id -u; ls /bin/busybox"] });
    const output = await runOk([...RUNC, roots.path("runc"), "run", "--bundle", path, roots.id("c")]);
    expect(output).toBe("container\n0\n/bin/busybox");
  });
});

requires("root", "mmdebstrap", "runc").test(
  "a bundle of Debian has apt, ps and mount",
  async () => {
    await withRoots(async (roots) => {
      const rootfs = await debianRootfs();
      const path = await bundle({
        roots,
        rootfs,
        args: ["sh", "-c", "apt-get --version | head -n 1; ps -o comm= -p 1; mount | head -n 1"],
        tweak: (config) => ({ ...config, root: { path: rootfs, readonly: true } }),
      });
      const output = await runOk([...RUNC, roots.path("runc"), "run", "--bundle", path, roots.id("c")]);
      expect(output).toMatch(/^apt .*\nsh\n\S+ on \/ /);
    });
  },
  600_000,
);
