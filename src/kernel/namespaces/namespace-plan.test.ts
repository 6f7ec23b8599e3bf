import { describe, expect, test } from "bun:test";
import type { Linux, Namespace } from "../../spec/runtime/config.ts";
import { Registers } from "../plan/plan.ts";
import { enterJoinedOps, hasNamespace, openJoinedOps, planNamespaces, timeOffsetText } from "./namespace-plan.ts";

const NEW = {
  mount: 0x2_0000,
  cgroup: 0x200_0000,
  uts: 0x400_0000,
  ipc: 0x800_0000,
  user: 0x1000_0000,
  pid: 0x2000_0000,
  network: 0x4000_0000,
};
const plan = (...namespaces: readonly Namespace[]) => planNamespaces({ namespaces });

// biome-ignore format: table
const ROWS: readonly { readonly name: string; readonly namespaces: readonly Namespace[]; readonly want: Partial<ReturnType<typeof planNamespaces>> }[] = [
  { name: "none", namespaces: [], want: { cloneFlags: 0, newCgroup: false, newUser: false, newTime: false, joined: [], needsJoin: false } },
  { name: "new ones as flags of one clone", namespaces: [{ type: "mount" }, { type: "pid" }, { type: "uts" }, { type: "ipc" }, { type: "network" }],
    want: { cloneFlags: NEW.mount | NEW.pid | NEW.uts | NEW.ipc | NEW.network, needsJoin: false } },
  { name: "an empty path as a new one", namespaces: [{ type: "pid", path: "" }], want: { cloneFlags: NEW.pid, joined: [], needsJoin: false } },
  { name: "a user namespace among the flags", namespaces: [{ type: "user" }], want: { cloneFlags: NEW.user, newUser: true, needsJoin: false } },
  { name: "a cgroup namespace not, because it is made inside of the cgroup", namespaces: [{ type: "cgroup" }], want: { cloneFlags: 0, newCgroup: true, needsJoin: false } },
  { name: "a time namespace by way of a process in between", namespaces: [{ type: "time" }], want: { cloneFlags: 0, newTime: true, needsJoin: true } },
  { name: "joined ones without a flag", namespaces: [{ type: "network", path: "/n" }],
    want: { cloneFlags: 0, needsJoin: true, joined: [{ type: "network", path: "/n", from: "linux.namespaces[0]" }] } },
  { name: "a joined user namespace not as a new one", namespaces: [{ type: "user", path: "/u" }, { type: "mount" }], want: { cloneFlags: NEW.mount, newUser: false } },
];

describe("a plan has", () => {
  for (const { name, namespaces, want } of ROWS) test(name, () => expect(plan(...namespaces)).toMatchObject(want));

  test("nothing of a configuration without `linux`", () =>
    expect(planNamespaces(undefined)).toMatchObject({ cloneFlags: 0, needsJoin: false }));
});

test("joined namespaces keep the place that they had in the configuration, whatever the order of entering", () => {
  const namespaces = [{ type: "mount", path: "/m" }, { type: "pid" }, { type: "user", path: "/u" }] as const;
  const one = plan(...namespaces).joined.map(({ type, from }) => `${type} ${from}`);
  const other = plan(...namespaces.toReversed()).joined.map(({ type }) => type);
  expect(one.toSorted()).toEqual(["mount linux.namespaces[0]", "user linux.namespaces[2]"]);
  expect(other).toEqual(plan(...namespaces).joined.map(({ type }) => type));
});

test("a namespace is opened in the host and entered from that descriptor, with its kind checked by the kernel", () => {
  const registers = new Registers();
  const { joined } = plan({ type: "network", path: "/run/netns/a" });
  const [opened] = openJoinedOps(joined, registers);
  const [entered] = enterJoinedOps(joined, registers);
  expect(opened).toMatchObject({ name: "open", args: { path: "/run/netns/a" }, from: "linux.namespaces[0]" });
  expect(entered).toMatchObject({ name: "setns", args: { fd: opened?.args.out, types: NEW.network }, from: "linux.namespaces[0]" });
});

describe("time offsets", () => {
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly offsets: NonNullable<Linux["timeOffsets"]>; readonly want: string }[] = [
    { name: "are a line a clock", offsets: { monotonic: { secs: 86400, nanosecs: 5 }, boottime: { secs: 1 } }, want: "monotonic 86400 5\nboottime 1 0\n" },
    { name: "may go back", offsets: { boottime: { secs: -7, nanosecs: 1 } }, want: "boottime -7 1\n" },
    { name: "may be larger than a double holds", offsets: { boottime: { secs: 9_007_199_254_740_993n } }, want: "boottime 9007199254740993 0\n" },
    { name: "may be nanoseconds alone", offsets: { monotonic: { nanosecs: 9 } }, want: "monotonic 0 9\n" },
    { name: "may be none", offsets: {}, want: "" },
  ];
  for (const { name, offsets, want } of rows) test(name, () => expect(timeOffsetText(offsets)).toBe(want));
});

test("a container has a namespace of a kind that it makes or joins", () => {
  const linux: Linux = { namespaces: [{ type: "user", path: "/u" }, { type: "pid" }] };
  expect((["user", "pid", "mount"] as const).map((type) => hasNamespace(linux, type))).toEqual([true, true, false]);
  expect(hasNamespace(undefined, "pid")).toBe(false);
});
