import { describe, expect, test } from "bun:test";
import { opLines } from "../../../test/support/op-lines.ts";
import type { Device } from "../../spec/runtime/config.ts";
import { Registers } from "../plan/plan.ts";
import { type DeviceContext, devIsBound, deviceOps } from "./nodes.ts";

function lines(devices: readonly Device[], over: Partial<DeviceContext> = {}): string[] {
  const registers = new Registers();
  const context = { registers, root: registers.named("root"), unprivileged: false, devIsBound: false, ...over };
  return opLines(deviceOps(devices, context), registers);
}

const node = (path: string, numbers: string, rest = "mode=020666") => `mknod root=root path="${path}" ${rest} ${numbers}`;
const DEFAULTS = [
  node("/dev/null", "major=1 minor=3 uid=0 gid=0"),
  node("/dev/zero", "major=1 minor=5 uid=0 gid=0"),
  node("/dev/full", "major=1 minor=7 uid=0 gid=0"),
  node("/dev/random", "major=1 minor=8 uid=0 gid=0"),
  node("/dev/urandom", "major=1 minor=9 uid=0 gid=0"),
  node("/dev/tty", "major=5 minor=0 uid=0 gid=0"),
];
const bound = (path: string, numbers: string, host = path, type = "0x2000") => [
  `open path="${host}" flags=0x200000 mode=0 -> device`,
  `checkDevice fd=device type=${type} ${numbers}`,
  'openTree dir=device path="" flags=0x1001 -> mount',
  'mountSetattr dir=mount path="" flags=0 set=11 clear=0 propagation=0',
  `makeIn root=root path="${path}" mode=0100644 -> target`,
  "refuseFs fd=target magic=0x9fa0",
  "moveMount from=mount to=target flags=0",
  "close fd=target",
  "close fd=mount",
  "close fd=device",
];

describe("with privilege", () => {
  test("the default devices are made", () => expect(lines([])).toEqual(DEFAULTS));

  test("those of the configuration come first, with owner and mode, wherever they lie", () => {
    const devices: readonly Device[] = [
      { type: "b", path: "/disks//a", major: 8, minor: 1, fileMode: 0o640, uid: 7, gid: 6 },
      { type: "u", path: "dev/fuse", major: 10, minor: 229 },
      { type: "p", path: "/run/fifo", fileMode: 0o600 },
    ];
    expect(lines(devices).slice(0, 3)).toEqual([
      node("/disks/a", "major=8 minor=1 uid=7 gid=6", "mode=060640"),
      node("/dev/fuse", "major=10 minor=229 uid=0 gid=0"),
      node("/run/fifo", "major=0 minor=0 uid=0 gid=0", "mode=010600"),
    ]);
  });

  test("a default device that the configuration names is the configuration's", () => {
    const made = lines([{ type: "c", path: "/dev/tty", major: 5, minor: 0, fileMode: 0o600 }]);
    expect(made.filter((line) => line.includes("/dev/tty"))).toEqual([node("/dev/tty", "major=5 minor=0 uid=0 gid=0", "mode=020600")]);
  });

  test("/dev/ptmx is no node", () => {
    expect(lines([{ type: "c", path: "/dev/ptmx", major: 5, minor: 2 }])).toEqual(DEFAULTS);
  });

  test("in a /dev from elsewhere nothing is made", () => {
    expect(lines([{ type: "c", path: "/x", major: 1, minor: 3 }], { devIsBound: true })).toEqual([
      node("/x", "major=1 minor=3 uid=0 gid=0"),
    ]);
  });
});

describe("without privilege", () => {
  test("devices are bound from the host, each seen to be the one that was asked for", () => {
    const made = lines([{ type: "b", path: "/dev/sda", major: 8, minor: 0 }], { unprivileged: true });
    expect(made.slice(0, 10)).toEqual(bound("/dev/sda", "major=8 minor=0", "/dev/sda", "0x6000"));
    expect(made.slice(10, 20)).toEqual(bound("/dev/null", "major=1 minor=3"));
    expect(made).toHaveLength(7 * 10);
  });

  test("the host's node is found by number where it has another name", () => {
    const hostNode: DeviceContext["hostNode"] = ({ major, minor }) => (major === 10 && minor === 229 ? "/dev/fuse" : undefined);
    const made = lines([{ type: "c", path: "/dev/other", major: 10, minor: 229 }], { unprivileged: true, hostNode });
    expect(made.slice(0, 10)).toEqual(bound("/dev/other", "major=10 minor=229", "/dev/fuse"));
  });

  test("a FIFO is made", () => {
    expect(lines([{ type: "p", path: "/run/fifo" }], { unprivileged: true })[0]).toStartWith('mknod root=root path="/run/fifo"');
  });
});

describe("/dev is somebody else's", () => {
  const rows = [
    { name: "bound", mount: { destination: "/dev", source: "/dev", options: ["rbind"] }, want: true },
    { name: "bound by type", mount: { destination: "dev/", type: "bind", source: "/dev" }, want: true },
    { name: "a tmpfs", mount: { destination: "/dev", type: "tmpfs" }, want: false },
    { name: "a bind below", mount: { destination: "/dev/shm", source: "/dev/shm", options: ["bind"] }, want: false },
  ];
  for (const { name, mount, want } of rows) test(`${name}: ${want}`, () => expect(devIsBound([mount])).toBe(want));
});
