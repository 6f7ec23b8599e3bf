// What is masked stays masked, whatever the image puts where the null device belongs (CVE-2025-31133), and what a mask covers cannot be
// uncovered or reached another way.
import { describe, expect } from "bun:test";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Mount, RuntimeConfig } from "../../src/spec/runtime/config.ts";
import { bundle } from "../support/bundle.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { teuRuntime } from "../support/teu.ts";
import { attack } from "./container.ts";

const { test } = requires("root", "busybox");

const SENSITIVE = ["/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/secret"];
const pattern = () => readFileSync("/proc/sys/kernel/core_pattern", "utf8");

/** With a /dev of its own making, bound in, or the image's. */
const DEVS = [
  { name: "an image's /dev", mounts: (): readonly Mount[] => [] },
  {
    name: "a /dev that is bound",
    mounts: (rootfs: string): readonly Mount[] => [{ destination: "/dev", type: "bind", source: join(rootfs, "dev"), options: ["bind"] }],
  },
];

describe("a null device that is a link", () => {
  for (const { name, mounts } of DEVS) {
    for (const target of SENSITIVE) {
      test(`to ${target} in ${name} masks nothing but with the real one`, () =>
        withRoots(async (roots) => {
          const before = pattern();
          const script = "stat -c %t:%T /masked 2>&1; cat /masked; echo h >/masked";
          const tweak = (config: RuntimeConfig) => ({
            ...config,
            mounts: [
              ...(config.mounts ?? []).filter(({ destination }) => !destination.startsWith("/dev")),
              ...mounts(join(roots.directory, "bundle", "rootfs")),
            ],
            linux: { ...config.linux, maskedPaths: ["/masked"] },
          });
          const directory = await bundle({ roots, args: ["sh", "-c", script], tweak });
          const rootfs = join(directory, "rootfs");
          writeFileSync(join(rootfs, "masked"), "MASKED");
          writeFileSync(join(rootfs, "secret"), "SECRET");
          rmSync(join(rootfs, "dev/null"), { force: true });
          symlinkSync(target, join(rootfs, "dev/null"));
          const { status, stdout, stderr } = await teuRuntime(["run", "--bundle", directory, roots.id("bundle")], { roots });
          // A null device can neither be made where a link is, nor is what a link leads to taken for one; a dangling link is left alone.
          if (status === 0) expect(stdout).toBe("1:3\n");
          else expect(stderr).toMatch(/\/dev\/null: .*\((EEXIST|ENODEV)\)/);
          expect(pattern()).toBe(before);
          expect(readFileSync(join(rootfs, "secret"), "utf8")).toBe("SECRET");
        }));
    }
  }
});

test("a masked path that is a link masks what it leads to, inside", () =>
  withRoots(async (roots) => {
    const tweak = (config: RuntimeConfig) => ({ ...config, linux: { ...config.linux, maskedPaths: ["/link", "/dir"] } });
    const directory = await bundle({ roots, args: ["sh", "-c", "cat /hidden; ls -A /var/kept /dir"], tweak });
    const rootfs = join(directory, "rootfs");
    mkdirSync(join(rootfs, "var/kept"));
    writeFileSync(join(rootfs, "hidden"), "HIDDEN");
    writeFileSync(join(rootfs, "var/kept/file"), "");
    symlinkSync("../../../../hidden", join(rootfs, "link"));
    symlinkSync("/var/kept", join(rootfs, "dir"));
    const { stdout } = await teuRuntime(["run", "--bundle", directory, roots.id("bundle")], { roots });
    expect(stdout).not.toContain("HIDDEN");
    expect(stdout).not.toContain("file");
  }));

test("the files of procfs and sysfs that change the host cannot be written to, nor laid bare", () =>
  withRoots(async (roots) => {
    const before = pattern();
    const script = `
      for file in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sysrq-trigger /proc/sys/vm/drop_caches /sys/kernel/uevent_helper /sys/power/state; do
        if [ -e $file ] && (echo x >$file) 2>/dev/null; then echo "wrote $file"; fi
      done
      umount /proc/sys 2>/dev/null && echo unmounted
      umount /proc/keys 2>/dev/null && echo unmounted
      mount -o remount,rw /proc/sys 2>/dev/null && echo remounted
      mount -o remount,rw /sys 2>/dev/null && echo remounted
      mount -t proc proc /tmp 2>/dev/null && echo mounted
      true`;
    const tweak = (config: RuntimeConfig) => ({
      ...config,
      linux: { ...config.linux, readonlyPaths: [...(config.linux?.readonlyPaths ?? []), "/proc/sysrq-trigger"] },
    });
    const { stdout } = await attack(roots, { script, tweak });
    expect(stdout).toBe("");
    expect(pattern()).toBe(before);
  }));

test("a user namespace made inside cannot mount procfs anew without the masks, nor take them off (mount_too_revealing)", () =>
  withRoots(async (roots) => {
    const script = `
      cd /tmp; unshare -U -r -m -p -f sh -c '
        mount -t proc proc /tmp && echo "a procfs without masks"
        umount /proc/keys && echo "a mask taken off"
        umount -l /proc/sys && echo "a read-only path taken off"
        mount -o remount,bind,rw /proc/sys && echo "a read-only path made writable"
        echo tried' 2>/dev/null`;
    // Not root: to map root takes CAP_SETFCAP since Linux 5.12.
    const tweak = (config: RuntimeConfig) => ({
      ...config,
      process: { cwd: "/", ...config.process, user: { uid: 1000, gid: 1000 }, noNewPrivileges: false },
    });
    expect((await attack(roots, { script, tweak })).stdout).toBe("tried\n");
  }));
