import { expect, test } from "bun:test";
import { EXAMPLE_ID, exampleDocument } from "../document/example.fixture.ts";
import { exampleRow } from "../state/example.fixture.ts";
import type { ContainerRow } from "../state/rows.ts";
import { containerInspect, type InspectFacts, type InspectSubject } from "./inspect.ts";

const FACTS: InspectFacts = {
  paths: {
    hosts: "/c/hosts",
    hostname: "/c/hostname",
    resolvConf: "/c/resolv.conf",
    log: "/c/log",
    upper: "/c/upper",
    work: "/c/work",
    copy: "/c/copy",
  },
  volumePath: (name) => `/v/${name}/_data`,
  execIds: [],
  defaults: { maskedPaths: ["/proc/kcore"], readonlyPaths: ["/proc/sys"] },
};

function subject(document = exampleDocument(), change: Partial<ContainerRow> = {}): InspectSubject {
  const row = exampleRow(document, { started: Date.parse("2026-01-02T03:04:06Z"), ...change });
  return { row, status: "running", pid: 42, health: undefined };
}

test("a container that asks for nothing", () => {
  expect(containerInspect(subject(), FACTS)).toMatchObject({
    Id: EXAMPLE_ID,
    Created: "2026-01-02T03:04:05.678Z",
    Path: "sh",
    Args: ["-c", "sleep 1"],
    State: {
      Status: "running",
      Running: true,
      Pid: 42,
      ExitCode: 0,
      StartedAt: "2026-01-02T03:04:06.000Z",
      FinishedAt: "0001-01-01T00:00:00Z",
    },
    Image: `sha256:${"1".repeat(64)}`,
    Name: "/web",
    Driver: "overlay2",
    ExecIDs: null,
    GraphDriver: { Name: "overlay2", Data: { LowerDir: "/r/layers/bb/fs:/r/layers/aa/fs", UpperDir: "/c/upper", WorkDir: "/c/work" } },
    Mounts: [],
    LogPath: "/c/log",
    Config: { Hostname: "0123456789ab", Cmd: ["-c", "sleep 1"], Entrypoint: ["sh"], Image: "box", Volumes: null, Labels: {} },
    HostConfig: {
      Binds: null,
      NetworkMode: "none",
      RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
      IpcMode: "private",
      Memory: 0,
      NanoCpus: 0,
      SecurityOpt: null,
      ShmSize: 67_108_864,
      MaskedPaths: ["/proc/kcore"],
    },
    NetworkSettings: { SandboxKey: "/proc/42/ns/net", Networks: { none: { IPAddress: "" } } },
  });
});

test("mounts: those of --volume are binds, those of --mount mounts, and a tmpfs of its own flag neither", () => {
  const mounts = [
    {
      kind: "bind",
      source: "/src",
      destination: "/a",
      readonly: true,
      from: "--volume /src:/a:ro",
      create: true,
      recursive: true,
      readonlyRecursive: false,
      idmap: false,
      options: [],
    },
    {
      kind: "volume",
      name: "data",
      destination: "/b",
      readonly: false,
      from: "--mount type=volume",
      anonymous: false,
      driverOptions: {},
      labels: {},
      copy: false,
      readonlyRecursive: false,
      options: [],
    },
    { kind: "tmpfs", destination: "/c", readonly: false, from: "--tmpfs /c", options: ["size=1m"] },
    { kind: "image", name: "other", destination: "/d", readonly: true, from: "--volumes-from web", layers: ["/r/layers/cc/fs"] },
  ] as const;
  const { Mounts, HostConfig } = containerInspect(subject(exampleDocument({ mounts })), FACTS);
  expect(Mounts).toEqual([
    { Type: "bind", Source: "/src", Destination: "/a", Mode: "ro", RW: false, Propagation: "rprivate" },
    { Type: "volume", Name: "data", Source: "/v/data/_data", Destination: "/b", Driver: "local", Mode: "", RW: true, Propagation: "" },
    { Type: "image", Name: "other", Source: "/r/layers/cc/fs", Destination: "/d", Mode: "", RW: false, Propagation: "" },
  ]);
  expect(HostConfig).toMatchObject({
    Binds: ["/src:/a:ro"],
    Mounts: [{ Type: "volume", Source: "data", Target: "/b", VolumeOptions: { NoCopy: true } }],
    Tmpfs: { "/c": "size=1m" },
  });
});

const { options } = exampleDocument();

for (const { name, change, want } of [
  {
    name: "--cpus",
    change: { resources: { cpu: { quota: 150_000, period: 100_000 } } },
    want: { NanoCpus: 1_500_000_000, CpuQuota: 0, CpuPeriod: 0 },
  },
  { name: "--cpu-quota", change: { resources: { cpu: { quota: 50_000 } } }, want: { NanoCpus: 0, CpuQuota: 50_000 } },
  {
    name: "--memory",
    change: { resources: { memory: { limit: 1024, disableOOMKiller: true } } },
    want: { Memory: 1024, OomKillDisable: true },
  },
  { name: "--pids-limit", change: { resources: { pids: { limit: 5 } } }, want: { PidsLimit: 5 } },
  {
    name: "--ulimit",
    change: { rlimits: [{ type: "RLIMIT_NOFILE" as const, soft: 10, hard: 20 }] },
    want: { Ulimits: [{ Name: "nofile", Soft: 10, Hard: 20 }] },
  },
  {
    name: "--device",
    change: { devices: [{ source: "/dev/null", destination: "/dev/x", access: "rw" }] },
    want: { Devices: [{ PathOnHost: "/dev/null", PathInContainer: "/dev/x", CgroupPermissions: "rw" }] },
  },
  { name: "--privileged", change: { privileged: true as const }, want: { Privileged: true, MaskedPaths: null, ReadonlyPaths: null } },
  { name: "--userns keep-id", change: { userns: { kind: "keep-id" as const, uid: 7 } }, want: { UsernsMode: "keep-id:uid=7" } },
  { name: "--pid container:", change: { pid: { container: "abc" } }, want: { PidMode: "container:abc" } },
  {
    name: "--security-opt",
    change: { noNewPrivileges: true, unmask: ["ALL"] },
    want: { SecurityOpt: ["no-new-privileges", "systempaths=unconfined"], MaskedPaths: [] },
  },
]) {
  test(`HostConfig says ${name} as docker does`, () => {
    const document = exampleDocument({ options: { ...options, ...change } });
    expect(containerInspect(subject(document), FACTS).HostConfig).toMatchObject(want);
  });
}

test("a run that has ended, and what its health checks have found", () => {
  const ended = subject(undefined, { finished: Date.parse("2026-01-02T03:05:00Z"), exitCode: 137, oomKilled: true });
  const health = { status: "unhealthy", failingStreak: 3, log: '[{"ExitCode":1}]' } as const;
  expect(containerInspect({ ...ended, status: "exited", pid: 0, health }, FACTS).State).toEqual({
    Status: "exited",
    Running: false,
    Paused: false,
    Restarting: false,
    OOMKilled: true,
    Dead: false,
    Pid: 0,
    ExitCode: 137,
    Error: "",
    StartedAt: "2026-01-02T03:04:06.000Z",
    FinishedAt: "2026-01-02T03:05:00.000Z",
    Health: { Status: "unhealthy", FailingStreak: 3, Log: [{ ExitCode: 1 }] },
  });
});
