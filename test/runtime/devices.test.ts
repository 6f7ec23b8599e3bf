// Devices where they cannot be made, and a /dev that is the host's own (config-linux.md, "Devices", "Default Devices").
import { expect } from "bun:test";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { runOk } from "../support/run.ts";
import { reachable } from "../support/teu.ts";
import { tester } from "../support/user.ts";
import { container } from "./container.ts";

const { test } = requires("root", "busybox");
const rootless = requires("root", "busybox", "userns", "tester");

/** A name that the host does not have, for the device that it has as /dev/zero. */
const NOTHING = { type: "c", path: "/dev/nothing", major: 1, minor: 5, fileMode: 0o666 } as const;
const READ = "stat -c %t:%T /dev/nothing; head -c 4 /dev/nothing | od -An -tx1";
const WANT = "1:5\n 00 00 00 00";

rootless.test("rootless: a device is found by its number where the host has it under another name", () =>
  withRoots(
    async (roots) => {
      const { must } = await container({ roots, user: tester(), args: ["sh", "-c", READ], linux: { devices: [NOTHING] } });
      expect(await must("run")).toBe(WANT);
    },
    { owner: tester() },
  ),
);

rootless.test("rootless: a device that the host does not have is an error that names it", () =>
  withRoots(
    async (roots) => {
      const devices = [{ type: "c", path: "/dev/nobody-has-this", major: 239, minor: 77 }] as const;
      const { verb } = await container({ roots, user: tester(), args: ["true"], linux: { devices } });
      const { status, stderr } = await verb("run");
      expect(status).toBe(1);
      expect(stderr).toMatch(/device \/dev\/nobody-has-this: linux\.devices\[0\]: .*ENOENT/);
    },
    { owner: tester() },
  ),
);

test("root without CAP_MKNOD is given the host's nodes", () =>
  withRoots(async (roots) => {
    const { bundle, id } = await container({ roots, args: ["sh", "-c", READ], linux: { devices: [NOTHING] } });
    const words = ["--root", `${roots.runRoot}/runtime`, "run", "--bundle", bundle, id];
    expect(await runOk(["setpriv", "--bounding-set=-mknod", await reachable("teu-runtime"), ...words])).toBe(WANT);
  }));

test("the host's root as root file system keeps its /dev as it is", () =>
  withRoots(async (roots) => {
    const { bundle, id } = await container({
      roots,
      rootfs: "/",
      args: ["/bin/sh", "-c", "echo ran >/dev/null; stat -c %F /dev/ptmx"],
      linux: { maskedPaths: [], readonlyPaths: [] },
      tweak: (config) => ({ ...config, mounts: [{ destination: "/proc", type: "proc", source: "proc" }] }),
    });
    // A /dev that may be damaged, in place of the machine's.
    const script = `mount -t tmpfs tmpfs /dev
      mknod -m 600 /dev/null c 1 3; mknod -m 640 /dev/zero c 1 5; mknod -m 666 /dev/ptmx c 5 2; mknod -m 666 /dev/urandom c 1 9
      "$0" --root "$1" run --bundle "$2" "$3"
      stat -c '%n %a %F' /dev/*`;
    const output = await runOk([
      "unshare",
      "--mount",
      "sh",
      "-euc",
      script,
      await reachable("teu-runtime"),
      `${roots.runRoot}/runtime`,
      bundle,
      id,
    ]);
    expect(output.split("\n")).toEqual([
      "character special file",
      "/dev/null 600 character special file",
      "/dev/ptmx 666 character special file",
      "/dev/urandom 666 character special file",
      "/dev/zero 640 character special file",
    ]);
  }));

test("--no-pivot leaves no procfs of the host's, wherever it is, by which a user namespace could mount one without masks", () =>
  withRoots(async (roots) => {
    const script = "mkdir -p /tmp/proc; unshare -U -r -m -p -f mount -t proc proc /tmp/proc 2>/dev/null && echo revealed || echo refused";
    const { bundle, id } = await container({
      roots,
      args: ["sh", "-c", script],
      process: { user: { uid: 1000, gid: 1000 }, capabilities: {} },
    });
    const host = `mkdir "$4"; mount -t proc proc "$4"; "$0" --root "$1" run --no-pivot --bundle "$2" "$3"`;
    const words = [await reachable("teu-runtime"), `${roots.runRoot}/runtime`, bundle, id, roots.path("proc")];
    expect(await runOk(["unshare", "--mount", "sh", "-euc", host, ...words])).toBe("refused");
  }));
