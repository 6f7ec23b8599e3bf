// Control groups hold what is in them: no file that the host runs a program for can be written (CVE-2022-0492), no limit can be lifted from
// inside, and an update that fails leaves the device rules as they were.
import { describe, expect } from "bun:test";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Mount, RuntimeConfig } from "../../src/spec/runtime/config.ts";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { teuRuntime } from "../support/teu.ts";
import { ALL_CAPABILITIES, attack, victim } from "./container.ts";

const { test } = requires("root", "busybox", "v1");

const agents = () => globSync("/sys/fs/cgroup/*/release_agent").map((path) => `${path} ${readFileSync(path, "utf8")}`);
const CGROUP: Mount = {
  destination: "/sys/fs/cgroup",
  type: "cgroup",
  source: "cgroup",
  options: ["nosuid", "noexec", "nodev", "relatime", "ro"],
};

/** Writes to every file that a container could gain by, and makes and enters groups. */
const ATTACK = `
  cd /sys/fs/cgroup || exit
  for file in $(find . -name release_agent -o -name notify_on_release -o -name cgroup.procs -o -name tasks -o -name 'memory.limit_in_bytes' -o -name devices.allow -o -name cgroup.subtree_control); do
    (echo a >$file) 2>/dev/null && echo "wrote $file"
  done
  for directory in $(find . -type d); do mkdir $directory/made 2>/dev/null && echo "made $directory/made"; done
  find . -name release_agent
  echo tried`;

const withCgroups = (config: RuntimeConfig, options: { readonly namespace: boolean; readonly path?: string }): RuntimeConfig => ({
  ...config,
  mounts: [...(config.mounts ?? []), CGROUP],
  linux: {
    ...config.linux,
    namespaces: (config.linux?.namespaces ?? []).filter(({ type }) => options.namespace || type !== "cgroup"),
    ...(options.path === undefined ? {} : { cgroupsPath: options.path }),
  },
});

describe("nothing of a container's cgroups can be changed from inside", () => {
  for (const namespace of [true, false]) {
    test(namespace ? "with a cgroup namespace" : "without a cgroup namespace", () =>
      withRoots(async (roots) => {
        const before = agents();
        const { stdout } = await attack(roots, { script: ATTACK, tweak: (config) => withCgroups(config, { namespace }) });
        expect(stdout).toBe("tried\n");
        expect(agents()).toEqual(before);
      }),
    );
  }
});

/** The host's own util-linux, because busybox's unshare makes no cgroup namespace. */
const UTIL_LINUX: readonly Mount[] = ["/usr", "/lib", "/lib64"].map((path) => ({
  destination: path,
  type: "bind",
  source: path,
  options: ["rbind", "ro"],
}));

test("a hierarchy that is mounted inside gives no release_agent that can be written (CVE-2022-0492)", () =>
  withRoots(async (roots) => {
    const before = agents();
    const tries = `
      for controller in memory pids freezer devices; do
        mount -t cgroup -o $controller none /tmp || continue; echo "mounted $controller"
        (echo /tmp/x >/tmp/release_agent) && echo "wrote release_agent of $controller"
        umount /tmp
      done
      echo tried`;
    // As the container's root with its few capabilities, then with all those of a user and a cgroup namespace of its own.
    const script = `exec 2>/dev/null; ${tries}; /usr/bin/unshare --user --map-root-user --mount --cgroup /bin/sh -c '${tries}'`;
    const tweak = (config: RuntimeConfig) => ({ ...config, mounts: [...(config.mounts ?? []), ...UTIL_LINUX] });
    const process = { noNewPrivileges: false, user: { uid: 1000, gid: 1000 } };
    const { stdout } = await attack(roots, { script, process, tweak });
    expect(stdout.replace(/^mounted .*\n/gm, "")).toBe("tried\ntried\n");
    expect(agents()).toEqual(before);
  }));

test("a privileged container in a user namespace cannot write the release_agent of a hierarchy", () =>
  withRoots(async (roots) => {
    const before = agents();
    const MAPS = [{ containerID: 0, hostID: 100_000, size: 65_536 }];
    const script = `for controller in memory pids freezer; do
        mkdir -p /tmp/$controller; mount -t cgroup -o $controller none /tmp/$controller && echo mounted
        (echo /x >/tmp/$controller/release_agent) && echo wrote
      done 2>/dev/null; mount -o remount,rw /sys/fs/cgroup; (echo /x >/sys/fs/cgroup/memory/release_agent) && echo wrote; echo tried`;
    const tweak = (config: RuntimeConfig): RuntimeConfig => {
      const made = withCgroups(config, { namespace: true });
      return {
        ...made,
        mounts: [...(made.mounts ?? []), { destination: "/tmp", type: "tmpfs" }],
        process: { cwd: "/", ...made.process, capabilities: ALL_CAPABILITIES, noNewPrivileges: false },
        linux: { ...made.linux, uidMappings: MAPS, gidMappings: MAPS, namespaces: [...(made.linux?.namespaces ?? []), { type: "user" }] },
      };
    };
    const { stdout } = await attack(roots, { script, tweak });
    expect(stdout.replaceAll("mounted\n", "")).toBe("tried\n");
    expect(agents()).toEqual(before);
  }));

describe("device rules", () => {
  const rules = [
    { allow: false, access: "rwm" },
    { allow: true, type: "c", major: 1, minor: 3, access: "rwm" },
  ];
  // /dev/kmsg, 1:11, which no list allows, as the configuration makes it and as the container does (making is free); and the null device.
  const script =
    "mknod /tmp/kmsg c 1 11; for node in /dev/kmsg /tmp/kmsg; do [ -c $node ] && (: <$node) 2>/dev/null && echo opened $node; done; rm -f /tmp/kmsg; echo h >/dev/null && echo null";
  const privileged = (config: RuntimeConfig): RuntimeConfig => ({
    ...config,
    process: { cwd: "/", ...config.process, capabilities: ALL_CAPABILITIES, noNewPrivileges: false },
    linux: {
      ...config.linux,
      resources: { devices: rules },
      devices: [{ path: "/dev/kmsg", type: "c", major: 1, minor: 11, fileMode: 0o666 }],
    },
  });

  test("hold for a container with every capability", () =>
    withRoots(async (roots) => {
      expect((await attack(roots, { script, tweak: privileged })).stdout).toBe("null\n");
    }));

  // biome-ignore format: table
  const FAILING = [
    { name: "a limit that the kernel refuses", resources: { cpu: { cpus: "4000" } } },
    { name: "a limit that is out of its range", resources: { cpu: { period: 1 } } },
    { name: "limits of which only one is refused", resources: { pids: { limit: 50 }, memory: { limit: 1_000_000_000_000_000 }, cpu: { cpus: "4000" } } },
    { name: "rules with a limit that is refused", resources: { devices: [{ allow: true, access: "rwm" }], cpu: { cpus: "4000" } } },
  ];

  for (const { name, resources } of FAILING) {
    test(`are as they were after an update that failed: ${name}`, () =>
      withRoots(async (roots) => {
        const running = await victim(roots, { tweak: privileged });
        const list = join("/sys/fs/cgroup/devices", running.id, "devices.list");
        expect(existsSync(list)).toBe(true);
        const before = readFileSync(list, "utf8");
        const file = roots.path("resources.json");
        await Bun.write(file, JSON.stringify(resources));
        const { status } = await teuRuntime(["update", "--resources", file, running.id], { roots });
        expect(status).not.toBe(0);
        expect(readFileSync(list, "utf8")).toBe(before);
        expect((await running.exec(script, ["--cap", "CAP_MKNOD"])).stdout).toBe("null\n");
        await running.end();
      }));
  }

  test("are as they were after an update that went through", () =>
    withRoots(async (roots) => {
      const running = await victim(roots, { tweak: privileged });
      expect((await teuRuntime(["update", "--pids-limit", "50", running.id], { roots })).status).toBe(0);
      expect((await running.exec(script, ["--cap", "CAP_MKNOD"])).stdout).toBe("null\n");
      await running.end();
    }));
});
