import { describe, expect, test } from "bun:test";
import { parseConfig } from "../../spec/runtime/parse.ts";
import { containerConfig } from "./container-config.ts";
import type { ContainerHost, ContainerOptions } from "./container-options.ts";
import { type IsolationOptions, isFoundAtStart } from "./isolation.ts";
import { PLAIN, ROOT, USER } from "./options.fixture.ts";

const NULL = { path: "/dev/n", type: "c", major: 1, minor: 3, fileMode: 0o666, uid: 0, gid: 0 } as const;

interface Case {
  readonly name: string;
  readonly options: Partial<ContainerOptions>;
  readonly host?: Partial<ContainerHost>;
  /** Of the caller's configuration, what the options make of it. */
  readonly root?: object;
  readonly user?: object;
}

const config = (options: Partial<ContainerOptions>, host: ContainerHost) => containerConfig({ ...PLAIN, ...options }, host);

/** What differs from the configuration of a container that asked for nothing, by its path. */
function changes(options: Partial<ContainerOptions>, host: ContainerHost, more: Partial<ContainerHost> = {}): Record<string, unknown> {
  const before = flat(config({}, host));
  const after = flat(config(options, { ...host, ...more }));
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return Object.fromEntries(keys.filter((key) => before[key] !== after[key]).map((key) => [key, after[key] ?? "-"]));
}

/** Each field as text; lists of objects by what names them. */
function flat(made: ReturnType<typeof config>): Record<string, string> {
  const { process, linux, mounts = [], hostname, domainname } = made;
  const { namespaces = [], resources, devices = [], sysctl, maskedPaths = [], readonlyPaths = [] } = linux ?? {};
  const { capabilities, oomScoreAdj, noNewPrivileges, apparmorProfile, selinuxLabel, user: who } = process ?? {};
  const some = Object.entries({ hostname, domainname, sysctl, oomScoreAdj, noNewPrivileges, apparmorProfile, selinuxLabel });
  return {
    ...Object.fromEntries(mounts.map(({ destination, type, options = [] }) => [destination, `${type} ${options.join(",")}`])),
    ...Object.fromEntries(namespaces.map(({ type, path = "new" }) => [`ns ${type}`, path])),
    ...Object.fromEntries(some.filter(([, value]) => value !== undefined).map(([key, value]) => [key, JSON.stringify(value)])),
    capabilities: `${capabilities?.bounding?.length}`,
    umask: `${who?.umask}`,
    masked: `${maskedPaths.length}`,
    readonly: `${readonlyPaths.length}`,
    nodes: devices.map(({ path, type, major, minor }) => `${path} ${type} ${major}:${minor}`).join(" "),
    rules: (resources?.devices ?? []).map(({ allow, type = "a", access }) => `${allow ? "+" : "-"}${type} ${access}`).join(" "),
  };
}

const BOUND = "none rbind,nosuid,noexec,nodev";

// biome-ignore format: table
const CASES: readonly Case[] = [
  { name: "names", options: { domainname: "d", umask: 0o77 }, root: { domainname: '"d"', umask: "63" }, user: { domainname: '"d"', umask: "63" } },
  { name: "--uts host", options: { uts: "host" }, root: { "ns uts": "-", hostname: "-" }, user: { "ns uts": "-", hostname: "-" } },
  { name: "--pid host", options: { pid: "host" }, root: { "ns pid": "-" }, user: { "ns pid": "-", "/proc": BOUND } },
  { name: "--ipc host", options: { ipc: "host" }, host: { hasMqueue: true }, root: { "ns ipc": "-", "/dev/shm": BOUND },
    user: { "ns ipc": "-", "/dev/shm": BOUND, "/dev/mqueue": BOUND } },
  { name: "--ipc host without message queues", options: { ipc: "host" }, user: { "ns ipc": "-", "/dev/shm": BOUND, "/dev/mqueue": "-" } },
  { name: "--ipc none", options: { ipc: "none" }, root: { "/dev/shm": "-" }, user: { "/dev/shm": "-" } },
  { name: "--cgroupns host", options: { cgroupns: "host" }, root: { "ns cgroup": "-" }, user: { "ns cgroup": "-" } },
  { name: "another's", options: { network: "joined", pid: { container: "c" } }, host: { joined: { network: "/n", pid: "/p" } },
    root: { "ns network": "/n", "ns pid": "/p" }, user: { "ns network": "/n", "ns pid": "/p" } },
  { name: "another's, with its user namespace", options: { network: "joined" }, host: { joined: { network: "/n", user: "/u" } },
    root: { "ns network": "/n", "ns user": "/u" }, user: { "ns network": "/n", "ns user": "/u" } },
  { name: "--shm-size", options: { shmSize: 5 }, root: { "/dev/shm": "tmpfs nosuid,noexec,nodev,mode=1777,size=5" } },
  { name: "labels and privileges", options: { noNewPrivileges: true, apparmor: "p", selinux: { type: "t" } },
    root: { noNewPrivileges: "true", apparmorProfile: '"p"', selinuxLabel: '"system_u:system_r:t:s0"' } },
  { name: "masks", options: { mask: ["/x"], unmask: ["/proc/k*", "/proc/sys"] }, root: { masked: "11", readonly: "4" } },
  { name: "unmask=ALL", options: { unmask: ["ALL"] }, root: { masked: "0", readonly: "0" } },
  { name: "parameters", options: { sysctl: { "net.x": "1" }, oomScoreAdj: 5 }, root: { sysctl: '{"net.x":"1"}', oomScoreAdj: "5" } },
  { name: "devices", options: { deviceRules: [{ allow: true, type: "b", access: "r" }] }, host: { devices: [{ ...NULL, access: "rw" }] },
    root: { nodes: "/dev/n c 1:3", rules: "-a rwm +c rw +b r" }, user: { nodes: "/dev/n c 1:3" } },
  { name: "--privileged", options: { privileged: true, capAdd: ["ALL"] }, root: {
      capabilities: "41", masked: "0", readonly: "0", rules: "+a rwm", "/sys": "sysfs nosuid,noexec,nodev,rw",
      "/sys/fs/cgroup": "cgroup nosuid,noexec,nodev,relatime,rw" } },
  { name: "--read-only-tmpfs, where nothing else was asked for", options: { readonlyTmpfs: true, mounts: [{ destination: "/run", type: "bind" }] },
    root: { "/run": "bind ", "/tmp": "tmpfs nosuid,nodev,mode=1777,tmpcopyup", "/var/tmp": "tmpfs nosuid,nodev,mode=1777,tmpcopyup" } },
  { name: "--systemd on cgroup v2", options: { systemd: true }, root: {
      "/sys/fs/cgroup": "cgroup nosuid,noexec,nodev,relatime,rw", "/run": "tmpfs nosuid,nodev,mode=755,tmpcopyup",
      "/run/lock": "tmpfs nosuid,nodev,mode=755,tmpcopyup", "/tmp": "tmpfs nosuid,nodev,mode=1777,tmpcopyup",
      "/var/log/journal": "tmpfs nosuid,nodev,mode=755,tmpcopyup" } },
];

describe("what a container asks for changes its configuration so", () => {
  for (const { name, options, host, ...wanted } of CASES) {
    if (wanted.root !== undefined) test(`${name}, of root`, () => expect(changes(options, ROOT, host)).toEqual({ ...wanted.root }));
    if (wanted.user !== undefined)
      test(`${name}, of an ordinary user`, () => expect(changes(options, USER, host)).toEqual({ ...wanted.user }));
  }

  test("and stays what the specification allows", () => {
    for (const { options, host } of CASES)
      for (const caller of [ROOT, USER])
        expect(parseConfig(JSON.stringify(config(options, { ...caller, ...host })))).toMatchObject({ warnings: [] });
  });
});

test("--systemd on cgroup v1 writes to systemd's own hierarchy alone", () => {
  const { mounts = [] } = config({ systemd: true }, { ...ROOT, systemdCgroup: "/sys/fs/cgroup/systemd/teu/x" });
  const cgroups = mounts.filter(({ destination }) => destination.startsWith("/sys/fs/cgroup"));
  expect(cgroups.map(({ destination, source, options = [] }) => [destination, source, options.includes("ro")])).toEqual([
    ["/sys/fs/cgroup", "cgroup", true],
    ["/sys/fs/cgroup/systemd", "/sys/fs/cgroup/systemd/teu/x", false],
  ]);
});

test("a parameter of a namespace that is the host's is refused", () => {
  const asked = (options: Partial<ContainerOptions>) => () => config(options, ROOT);
  expect(asked({ network: "host", sysctl: { "net.x": "1" } })).toThrow("--sysctl: net.x is not allowed in the host's network namespace");
  expect(asked({ ipc: "host", sysctl: { "kernel.msgmax": "1" } })).toThrow("not allowed in the host's ipc namespace");
  expect(asked({ sysctl: { "vm.x": "1" } })).toThrow("vm.x is the whole host's");
});

test("what means something else at each start is known, so that no plan of it is kept", () => {
  const found: readonly IsolationOptions[] = [
    { privileged: true },
    { pid: { container: "c" } },
    { devices: [] },
    { cdiDevices: [] },
    { userns: { kind: "auto" } },
  ];
  for (const options of found) expect(isFoundAtStart(options, { kind: "none" })).toBe(true);
  for (const options of [{}, { pid: "host", ipc: "none" }, { userns: { kind: "host" } }] as const)
    expect(isFoundAtStart(options, { kind: "host" })).toBe(false);
  expect(isFoundAtStart({}, { kind: "namespace", path: "/n" })).toBe(true);
});
