import { describe, expect, test } from "bun:test";
import type { HostFacts } from "../../kernel/probe/host-facts.ts";
import { rootlessMaps } from "./rootless-maps.ts";

const HELPERS = { newuidmap: "/bin/newuidmap", newgidmap: "/bin/newgidmap" };
const ranges = [{ start: 100_000, size: 65_536 }];

function host(subordinate: HostFacts["subordinate"], rootless = true): HostFacts {
  return {
    kernel: { major: 6, minor: 1 },
    arch: "x86_64",
    uid: 1000,
    gid: 1001,
    rootless,
    capabilities: { bounding: 0n, effective: 0n, last: 40 },
    cgroup: { mode: "none", v1: [], systemd: false, writable: false },
    subordinate,
    lsm: { apparmor: false, selinux: false },
    namespaces: [],
  };
}

const maps = (subordinate: HostFacts["subordinate"]) => {
  const made = rootlessMaps(host(subordinate));
  const text = (list: readonly { containerID: number; hostID: number; size: number }[] | undefined) =>
    list?.map(({ containerID, hostID, size }) => `${containerID}:${hostID}:${size}`).join(" ");
  return { uids: text(made?.uids), gids: text(made?.gids) };
};
const ALONE = { uids: "0:1000:1", gids: "0:1001:1" };

describe("the ids of an ordinary user's container", () => {
  // biome-ignore format: table
  const rows: readonly { readonly name: string; readonly subordinate: HostFacts["subordinate"]; readonly want: { readonly uids: string; readonly gids: string } }[] = [
    { name: "are its own as root and its subordinate ones after it", subordinate: { uids: ranges, gids: ranges, ...HELPERS },
      want: { uids: "0:1000:1 1:100000:65536", gids: "0:1001:1 1:100000:65536" } },
    { name: "go on without a gap over several ranges", subordinate: { uids: [{ start: 500, size: 10 }, { start: 900, size: 5 }], gids: ranges, ...HELPERS },
      want: { uids: "0:1000:1 1:500:10 11:900:5", gids: "0:1001:1 1:100000:65536" } },
    { name: "are one where there are no subordinate uids", subordinate: { uids: [], gids: ranges, ...HELPERS }, want: ALONE },
    { name: "are one where there are no subordinate gids", subordinate: { uids: ranges, gids: [], ...HELPERS }, want: ALONE },
    { name: "are one without newuidmap", subordinate: { uids: ranges, gids: ranges, newgidmap: "/bin/newgidmap" }, want: ALONE },
    { name: "are one without newgidmap", subordinate: { uids: ranges, gids: ranges, newuidmap: "/bin/newuidmap" }, want: ALONE },
  ];
  for (const { name, subordinate, want } of rows) test(name, () => expect(maps(subordinate)).toEqual(want));
});

test("a privileged caller's container has the host's ids", () => {
  expect(rootlessMaps(host({ uids: ranges, gids: ranges, ...HELPERS }, false))).toBeUndefined();
});
