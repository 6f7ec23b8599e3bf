import { describe, expect, test } from "bun:test";
import type { HostFacts } from "../../kernel/probe/host-facts.ts";
import type { IdMapping } from "../../spec/runtime/config.ts";
import type { UserNamespaceMode } from "./isolation.ts";
import { type MapSources, userMaps } from "./user-maps.ts";

const RANGES = [
  { start: 100_000, size: 1000 },
  { start: 300_000, size: 64_536 },
];

function sources(rootless: boolean, change: Partial<MapSources> = {}): MapSources {
  const facts: HostFacts = {
    kernel: { major: 6, minor: 1 },
    arch: "x86_64",
    uid: rootless ? 1001 : 0,
    gid: rootless ? 1002 : 0,
    rootless,
    capabilities: { bounding: 0n, effective: 0n, last: 40 },
    cgroup: { mode: "none", v1: [], systemd: false, writable: false },
    subordinate: { uids: RANGES, gids: RANGES, newuidmap: "/bin/newuidmap", newgidmap: "/bin/newgidmap" },
    lsm: { apparmor: false, selinux: false },
    namespaces: [],
  };
  return { facts, subordinate: () => ({ uids: [], gids: [] }), taken: () => [], ...change };
}

const text = (list: readonly IdMapping[] | undefined) =>
  list?.map(({ containerID, hostID, size }) => `${containerID}:${hostID}:${size}`).join(" ");

// biome-ignore format: table
const ROOTLESS: readonly { name: string; mode?: UserNamespaceMode; uids: string; gids: string }[] = [
  { name: "by default the caller is root", uids: "0:1001:1 1:100000:1000 1001:300000:64536", gids: "0:1002:1 1:100000:1000 1001:300000:64536" },
  { name: "host is the default", mode: { kind: "host" }, uids: "0:1001:1 1:100000:1000 1001:300000:64536", gids: "0:1002:1 1:100000:1000 1001:300000:64536" },
  { name: "keep-id puts the caller in its own place", mode: { kind: "keep-id" },
    uids: "0:100000:1000 1000:300000:1 1001:1001:1 1002:300001:64535", gids: "0:100000:1000 1000:300000:2 1002:1002:1 1003:300002:64534" },
  { name: "keep-id puts the caller where it was asked to", mode: { kind: "keep-id", uid: 0, gid: 5 },
    uids: "0:1001:1 1:100000:1000 1001:300000:64536", gids: "0:100000:5 5:1002:1 6:100005:995 1001:300000:64536" },
];

describe("the ids of a container of an ordinary user", () => {
  for (const { name, mode, uids, gids } of ROOTLESS) {
    test(name, () => {
      const maps = userMaps(mode, sources(true));
      expect([text(maps?.uids), text(maps?.gids)]).toEqual([uids, gids]);
    });
  }

  test("are never others than its own", () => {
    for (const mode of [{ kind: "auto" }, { kind: "remap", user: "x" }] as const)
      expect(() => userMaps(mode, sources(true))).toThrow("run it as root");
    expect(() => userMaps({ kind: "keep-id", uid: 70_000 }, sources(true))).toThrow("beyond the 65536 subordinate ids");
  });
});

describe("the ids of a container of root", () => {
  const subordinate = (user: string) =>
    user === "containers" ? { uids: [{ start: 1000, size: 300 }], gids: [{ start: 2000, size: 400 }] } : { uids: RANGES, gids: RANGES };

  test("are the host's", () => {
    expect(userMaps(undefined, sources(false))).toBeUndefined();
    expect(userMaps({ kind: "host" }, sources(false))).toBeUndefined();
    expect(() => userMaps({ kind: "keep-id" }, sources(false))).toThrow("root's containers have the host's ids already");
  });

  test("are those of another user by remap", () => {
    const maps = userMaps({ kind: "remap", user: "someone" }, sources(false, { subordinate }));
    expect(text(maps?.uids)).toBe("0:100000:1000 1000:300000:64536");
    expect(() => userMaps({ kind: "remap", user: "nobody" }, sources(false))).toThrow("have no range of nobody");
  });

  test("are nobody else's by auto", () => {
    const asked = (...starts: readonly number[]) =>
      text(
        userMaps(
          { kind: "auto", size: 100 },
          sources(false, {
            subordinate,
            taken: () => starts.map((hostID) => ({ uids: [{ containerID: 0, hostID, size: 100 }], gids: [] })),
          }),
        )?.uids,
      );
    expect([asked(), asked(1000), asked(1050), asked(1100, 1000)]).toEqual(["0:1000:100", "0:1100:100", "0:1150:100", "0:1200:100"]);
    expect(() => asked(1000, 1100, 1200)).toThrow("have no 100 together that no container has");
  });
});
