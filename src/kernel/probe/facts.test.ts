import { describe, expect, test } from "bun:test";
import { TeuError } from "../../base/errors.ts";
import { isInitialUserNamespace, mountPointOf, parseCapabilities, parseRelease, readHostFacts } from "./facts.ts";
import type { CgroupFacts } from "./host-facts.ts";
import { type HostSource, thisHost } from "./host-files.ts";

const NO_CGROUPS: CgroupFacts = { mode: "none", v1: [], systemd: false, writable: false };

const ROOT_FILES: Readonly<Record<string, string>> = {
  "/proc/self/status":
    "Name:\tteu\nCapInh:\t0000000000000000\nCapEff:\t000001fffeffffff\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\n",
  "/proc/self/uid_map": "         0          0 4294967295\n",
  "/proc/sys/kernel/cap_last_cap": "40\n",
  "/proc/sys/kernel/osrelease": "6.1.0-18-amd64\n",
};

/** A host that is what the rows say, and keeps a list of what was looked at. */
function fakeHost(over: {
  uid?: number;
  arch?: string;
  files?: Readonly<Record<string, string>>;
}): HostSource & { readonly looked: string[] } {
  const files: Readonly<Record<string, string>> = { ...ROOT_FILES, ...over.files };
  const looked: string[] = [];
  return {
    looked,
    read: (path) => {
      looked.push(path);
      return files[path];
    },
    list: (path) => {
      looked.push(path);
      return ["cgroup", "mnt", "pid", "pid_for_children", "time", "time_for_children"];
    },
    exists: (path) => {
      looked.push(path);
      return path in files;
    },
    arch: over.arch ?? "x64",
    uid: over.uid ?? 0,
    gid: 0,
  };
}

const probe = (host: HostSource) => readHostFacts({ cgroup: () => NO_CGROUPS, host });

describe("readHostFacts", () => {
  test("looks at nothing before a fact is asked for", () => {
    const host = fakeHost({});
    probe(host);
    expect(host.looked).toEqual([]);
  });

  test("costs root three small files for what a plain container needs", () => {
    const host = fakeHost({});
    const facts = probe(host);
    expect(facts.rootless).toBe(false);
    expect(facts.capabilities.bounding).toBe(0x1ff_ffff_ffffn);
    expect(facts.kernel).toEqual({ major: 6, minor: 1 });
    expect(facts.cgroup).toBe(NO_CGROUPS);
    expect(host.looked).toEqual(["/proc/self/status", "/proc/self/uid_map", "/proc/sys/kernel/osrelease"]);
  });

  test("reads nothing twice", () => {
    const host = fakeHost({});
    const facts = probe(host);
    for (let round = 0; round < 2; round++)
      void [facts.capabilities.last, facts.lsm, facts.resctrl, facts.namespaces, facts.subordinate, facts.rootless];
    expect(host.looked).toEqual([...new Set(host.looked)]);
  });

  test("asks the cgroup probe once, and tells it whether it is rootless", () => {
    const asked: boolean[] = [];
    const cgroup = ({ rootless }: { rootless: boolean }) => {
      asked.push(rootless);
      return NO_CGROUPS;
    };
    const facts = readHostFacts({ cgroup, host: fakeHost({ uid: 1000 }) });
    void [facts.cgroup, facts.cgroup];
    expect(asked).toEqual([true]);
  });

  const rootless = [
    { name: "root with CAP_SYS_ADMIN in the initial user namespace is not rootless", over: {}, want: false },
    { name: "an ordinary user is rootless", over: { uid: 1000 }, want: true },
    {
      name: "root without CAP_SYS_ADMIN is rootless",
      over: { files: { "/proc/self/status": "Name:\tteu\nCapEff:\t00000000a80425fb\nCapBnd:\t00000000a80425fb\n" } },
      want: true,
    },
    {
      name: "root of another user namespace is rootless",
      over: { files: { "/proc/self/uid_map": "0 1000 1\n1 100000 65536\n" } },
      want: true,
    },
  ];
  for (const { name, over, want } of rootless) test(name, () => expect(probe(fakeHost(over)).rootless).toBe(want));

  const lsm = [
    { name: "no security module where none shows", files: {}, want: { apparmor: false, selinux: false } },
    {
      name: "AppArmor when its module says so",
      files: { "/sys/module/apparmor/parameters/enabled": "Y\n" },
      want: { apparmor: true, selinux: false },
    },
    {
      name: "no AppArmor when it is built in but off",
      files: { "/sys/module/apparmor/parameters/enabled": "N\n" },
      want: { apparmor: false, selinux: false },
    },
    { name: "SELinux when selinuxfs is mounted", files: { "/sys/fs/selinux/enforce": "0" }, want: { apparmor: false, selinux: true } },
  ];
  for (const { name, files, want } of lsm) test(`finds ${name}`, () => expect(probe(fakeHost({ files })).lsm).toEqual(want));

  test("leaves out the namespaces of children to come", () => {
    expect(probe(fakeHost({})).namespaces).toEqual(["cgroup", "mnt", "pid", "time"]);
  });

  test("refuses an architecture that it does not know", () => {
    expect(() => probe(fakeHost({ arch: "riscv64" }))).toThrow(
      new TeuError("unsupported", "architecture riscv64: only x86-64 and arm64 are supported"),
    );
  });

  test("agrees with this machine", () => {
    const facts = readHostFacts({ cgroup: () => NO_CGROUPS });
    expect(facts.uid).toBe(thisHost().uid);
    expect(facts.capabilities.last).toBeGreaterThanOrEqual(37);
    expect(facts.capabilities.effective & ~((1n << BigInt(facts.capabilities.last + 1)) - 1n)).toBe(0n);
    expect(facts.namespaces).toContain("mnt");
    expect(facts.kernel.major).toBeGreaterThanOrEqual(5);
  });
});

describe("parseRelease", () => {
  const rows = [
    { release: "5.10.0", want: { major: 5, minor: 10 } },
    { release: "6.18.44-fc-v669", want: { major: 6, minor: 18 } },
    { release: "7.0-rc1", want: { major: 7, minor: 0 } },
  ];
  for (const { release, want } of rows) test(`reads ${release}`, () => expect(parseRelease(release)).toEqual(want));
  test("refuses what is no release", () => expect(() => parseRelease("unknown")).toThrow(TeuError));
});

test("parseCapabilities finds nothing in a text without sets", () =>
  expect(parseCapabilities("Name:\tx\n")).toEqual({ bounding: 0n, effective: 0n }));

test("parseCapabilities reads the last line of a text without a newline", () => {
  expect(parseCapabilities("x\nCapEff:\t0000000000000003\nCapBnd:\t000000000000000f")).toEqual({ bounding: 15n, effective: 3n });
});

test("isInitialUserNamespace takes only the whole map", () => {
  expect(isInitialUserNamespace("         0          0 4294967295\n")).toBe(true);
  expect(isInitialUserNamespace("0 0 65536\n")).toBe(false);
  expect(isInitialUserNamespace("0 0 1\n1 1 4294967294\n")).toBe(false);
  expect(isInitialUserNamespace("")).toBe(false);
});

test("mountPointOf finds a type where it is mounted, with its spaces", () => {
  const text = "1 2 0:1 / / rw - ext4 /dev/resctrl rw\n3 1 0:9 / /sys/fs/my\\040resctrl rw,relatime shared:3 - resctrl resctrl rw\n";
  expect(mountPointOf(text, "resctrl")).toBe("/sys/fs/my resctrl");
  expect(mountPointOf(text, "resctrlx")).toBeUndefined();
});
