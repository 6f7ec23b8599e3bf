import { describe, expect, test } from "bun:test";
import { defaultConfig, engineDefaults } from "./default.ts";
import { CAPABILITY_NAMES } from "./names.ts";
import { parseConfig } from "./parse.ts";

const types = (config: ReturnType<typeof defaultConfig>) => config.linux?.namespaces?.map((namespace) => namespace.type);

describe("defaultConfig", () => {
  const root = defaultConfig({ rootless: false, uid: 0, gid: 0 });
  const user = defaultConfig({ rootless: true, uid: 1000, gid: 100 });

  test("runs a shell in a terminal on a read-only root that cannot gain privileges", () => {
    expect(root.process).toMatchObject({ args: ["sh"], cwd: "/", terminal: true, noNewPrivileges: true });
    expect(root.root).toEqual({ path: "rootfs", readonly: true });
  });

  test("gives no inheritable and no ambient capability (CVE-2022-29162)", () => {
    expect(Object.keys(root.process?.capabilities ?? {}).sort()).toEqual(["bounding", "effective", "permitted"]);
  });

  test("mounts nothing before what it lies in", () => {
    const places = root.mounts?.map((mount) => mount.destination) ?? [];
    for (const [index, place] of places.entries())
      expect(places.slice(0, index).filter((earlier) => earlier.startsWith(`${place}/`))).toEqual([]);
  });

  test("for root has a network of its own and denies all devices", () => {
    expect(types(root)).toEqual(["pid", "network", "ipc", "uts", "mount"]);
    expect(root.linux?.resources).toEqual({ devices: [{ allow: false, access: "rwm" }] });
  });

  test("for an ordinary user keeps the host's network, maps the caller to root and asks for no cgroup", () => {
    expect(types(user)).toEqual(["pid", "ipc", "uts", "mount", "user"]);
    expect(user.linux?.uidMappings).toEqual([{ containerID: 0, hostID: 1000, size: 1 }]);
    expect(user.linux?.gidMappings).toEqual([{ containerID: 0, hostID: 100, size: 1 }]);
    expect(user.linux?.resources).toBeUndefined();
  });

  test("for an ordinary user names no group that is not mapped, and binds the host's /sys", () => {
    expect(user.mounts?.flatMap((mount) => mount.options ?? []).filter((option) => option.startsWith("gid="))).toEqual([]);
    const sys = user.mounts?.find((mount) => mount.destination === "/sys");
    expect(sys?.source).toBe("/sys");
    expect(sys?.options).toContain("rbind");
    expect(sys?.options).toContain("ro");
  });

  test("adds a cgroup namespace where one is wanted", () => {
    expect(types(defaultConfig({ rootless: false, uid: 0, gid: 0, cgroupNamespace: true }))).toContain("cgroup");
    expect(types(defaultConfig({ rootless: true, uid: 1, gid: 1, cgroupNamespace: true }))).toContain("cgroup");
  });
});

describe("engineDefaults", () => {
  const defaults = engineDefaults([0, 3]);

  test("are a configuration that is right", () => {
    const { capabilities, mounts, maskedPaths, readonlyPaths, environment } = defaults;
    const config = {
      ociVersion: "1.3.0",
      root: { path: "/" },
      process: { cwd: "/", capabilities, env: environment },
      mounts,
      linux: { namespaces: [{ type: "mount" }], maskedPaths, readonlyPaths },
    };
    expect(parseConfig(JSON.stringify(config)).warnings).toEqual([]);
  });

  test("have dockerd's fourteen capabilities in three sets, none that reaches the host", () => {
    const { bounding = [], effective, permitted, inheritable, ambient } = defaults.capabilities;
    expect(bounding).toHaveLength(14);
    expect([effective, permitted, inheritable, ambient]).toEqual([bounding, bounding, undefined, undefined]);
    const dangerous = CAPABILITY_NAMES.filter((name) =>
      /SYS_(ADMIN|MODULE|PTRACE|RAWIO|TIME|BOOT)|NET_ADMIN|BPF|DAC_READ_SEARCH|MAC_|SYSLOG/.test(name),
    );
    expect(bounding.filter((name) => dangerous.some((other) => other === name))).toEqual([]);
  });

  test("mask the thermal counters of the CPUs that have some", () => {
    expect(defaults.maskedPaths.slice(-2)).toEqual([
      "/sys/devices/system/cpu/cpu0/thermal_throttle",
      "/sys/devices/system/cpu/cpu3/thermal_throttle",
    ]);
  });
});
