import { describe, expect, test } from "bun:test";
import { parseConfig } from "../../spec/runtime/parse.ts";
import { containerConfig } from "./container-config.ts";
import type { ContainerHost, ContainerOptions } from "./container-options.ts";
import { PLAIN, ROOT, USER } from "./options.fixture.ts";

const config = (change: Partial<ContainerOptions> = {}, host: ContainerHost = ROOT) => containerConfig({ ...PLAIN, ...change }, host);
const env = (change: Partial<ContainerOptions>) => config(change).process?.env;
const kinds = (change: Partial<ContainerOptions>, host: ContainerHost) => config(change, host).linux?.namespaces?.map(({ type }) => type);
const sys = (change: Partial<ContainerOptions>, host: ContainerHost) =>
  config(change, host).mounts?.find(({ destination }) => destination === "/sys");
const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

describe("any container", () => {
  for (const [who, host] of [
    ["root", ROOT],
    ["an ordinary user", USER],
  ] as const) {
    for (const network of ["none", "host"] as const) {
      test(`of ${who} with network ${network} is what the specification allows`, () => {
        const made = config(
          { network, terminal: true, mounts: [{ source: "/s", destination: "/d", type: "bind", options: ["rbind", "rro"] }] },
          host,
        );
        expect(parseConfig(JSON.stringify(made))).toMatchObject({ warnings: [] });
      });
    }
  }

  test("has namespaces of its own for all that is not asked to be shared", () => {
    expect(kinds({}, ROOT)).toEqual(["pid", "ipc", "uts", "mount", "cgroup", "network"]);
    expect(kinds({ network: "host" }, ROOT)).toEqual(["pid", "ipc", "uts", "mount", "cgroup"]);
    expect(kinds({}, USER)).toEqual(["pid", "ipc", "uts", "mount", "cgroup", "network", "user"]);
  });

  test("has no capability that it can hand on (CVE-2022-29162), and none beyond docker's", () => {
    const { capabilities } = config().process ?? {};
    expect(capabilities?.bounding).toHaveLength(14);
    expect([capabilities?.inheritable ?? [], capabilities?.ambient ?? []]).toEqual([[], []]);
    expect(capabilities?.bounding).not.toContain("CAP_SYS_ADMIN");
  });

  test("has masked and read-only paths, those of the host's processors too", () => {
    const { maskedPaths = [], readonlyPaths = [] } = config({}, { ...ROOT, throttledCpus: [3] }).linux ?? {};
    expect(maskedPaths).toEqual(expect.arrayContaining(["/proc/kcore", "/sys/firmware", "/sys/devices/system/cpu/cpu3/thermal_throttle"]));
    expect(readonlyPaths).toEqual(expect.arrayContaining(["/proc/sys", "/proc/sysrq-trigger"]));
  });

  test("is denied all devices but the usual ones, where that can be had", () => {
    expect(config({ resources: { pids: { limit: 5 } } }).linux?.resources).toEqual({
      pids: { limit: 5 },
      devices: [{ allow: false, access: "rwm" }],
    });
    expect(config({ resources: { pids: { limit: 5 } } }, USER).linux?.resources).toEqual({ pids: { limit: 5 } });
  });
});

describe("the environment", () => {
  // biome-ignore format: table
  const rows = [
    { name: "is docker's", change: {}, want: [PATH, "HOSTNAME=box", "HOME=/root"] },
    { name: "has a terminal's name with a terminal", change: { terminal: true }, want: [PATH, "HOSTNAME=box", "TERM=xterm", "HOME=/root"] },
    { name: "of another user has the root as home", change: { user: { uid: 5, gid: 5 } }, want: [PATH, "HOSTNAME=box", "HOME=/"] },
    { name: "gives way to what was asked for", change: { env: ["HOME=/h", "PATH=/p", "A=1"] }, want: ["HOSTNAME=box", "HOME=/h", "PATH=/p", "A=1"] },
    { name: "has the last of two values", change: { env: ["A=1", "A=2"] }, want: [PATH, "HOSTNAME=box", "HOME=/root", "A=2"] },
    { name: "tells a name from one that it begins with", change: { env: ["PATHS=x", "A=PATH=y"] }, want: [PATH, "HOSTNAME=box", "HOME=/root", "PATHS=x", "A=PATH=y"] },
    { name: "may have an empty value", change: { env: ["HOME="] }, want: [PATH, "HOSTNAME=box", "HOME="] },
  ] as const;
  for (const { name, change, want } of rows) test(name, () => expect(env(change)).toEqual([...want]));
});

describe("capabilities", () => {
  test("of a user other than root bound it, and it begins without any", () => {
    const { capabilities } = config({ user: { uid: 1, gid: 1 } }).process ?? {};
    expect(Object.keys(capabilities ?? {})).toEqual(["bounding"]);
    expect(capabilities?.bounding).toHaveLength(14);
  });

  test("are changed in all sets alike", () => {
    const { capabilities } = config({ capDrop: ["ALL"], capAdd: ["CAP_KILL"] }).process ?? {};
    expect(capabilities).toEqual({ bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"] });
  });
});

describe("/sys", () => {
  test("is mounted where the network is the container's own, and the host's, bound read-only, where it cannot be", () => {
    expect(sys({}, ROOT)?.type).toBe("sysfs");
    expect(sys({}, USER)?.type).toBe("sysfs");
    expect(sys({ network: "host" }, ROOT)?.type).toBe("sysfs");
    expect(sys({ network: "host" }, USER)).toEqual({
      destination: "/sys",
      type: "none",
      source: "/sys",
      options: ["rbind", "nosuid", "noexec", "nodev", "ro"],
    });
  });
});

test("what was asked for comes after all other mounts, then our files where none was asked for", () => {
  const mounts = ["/x", "/etc/hosts"].map((destination) => ({ destination, source: "/a", type: "bind", options: ["rbind"] }));
  const files = ["/etc/hosts", "/etc/hostname"].map((destination) => ({ destination, source: "/own" }));
  expect(config({ mounts, files, rootfsPropagation: "rslave" }).mounts?.slice(-3)).toEqual([
    ...mounts,
    { destination: "/etc/hostname", source: "/own", type: "bind", options: ["rbind", "rprivate"] },
  ]);
  expect(config({ rootfsPropagation: "rslave" }).linux?.rootfsPropagation).toBe("rslave");
});

test("a terminal has the size of the caller's window, and limits are passed on", () => {
  const { process } = config({
    terminal: true,
    consoleSize: { height: 2, width: 3 },
    rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }],
  });
  expect(process).toMatchObject({
    terminal: true,
    consoleSize: { height: 2, width: 3 },
    rlimits: [{ type: "RLIMIT_CORE", soft: 0, hard: 0 }],
  });
  expect(config().process).not.toHaveProperty("rlimits");
});
