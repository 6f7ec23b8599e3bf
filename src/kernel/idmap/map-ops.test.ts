import { describe, expect, test } from "bun:test";
import { TeuError } from "../../base/errors.ts";
import type { IdMapping } from "../../spec/runtime/config.ts";
import type { Register } from "../plan/plan.ts";
import type { HostFacts } from "../probe/host-facts.ts";
import { mapOps, mapText } from "./map-ops.ts";

const [pid, pidDir] = [0 as Register, 1 as Register];

function host(over: Partial<HostFacts>): HostFacts {
  return {
    kernel: { major: 6, minor: 1 },
    arch: "x86_64",
    uid: 1000,
    gid: 1001,
    rootless: true,
    capabilities: { bounding: 0n, effective: 0n, last: 40 },
    cgroup: { mode: "none", v1: [], systemd: false, writable: false },
    subordinate: { uids: [], gids: [] },
    lsm: { apparmor: false, selinux: false },
    namespaces: [],
    ...over,
  };
}

const HELPERS = { uids: [], gids: [], newuidmap: "/bin/newuidmap", newgidmap: "/bin/newgidmap" };
const one = (hostID: number): readonly IdMapping[] => [{ containerID: 0, hostID, size: 1 }];
const many: readonly IdMapping[] = [...one(1000), { containerID: 1, hostID: 100_000, size: 65_536 }];

/** `write uid_map 0 0 1`, `run /bin/newuidmap …` */
function ops(uidMappings: readonly IdMapping[], gidMappings: readonly IdMapping[], facts: HostFacts): string[] {
  return mapOps({ pid, pidDir, uidMappings, gidMappings }, facts).map(({ name, args }) => {
    if (name === "run") return `run ${[args.argv].flat().join(" ")} (pid ${args.pid} at ${args.hole})`;
    return `${name} ${args.path} ${[args.data].flat().join("").replaceAll("\n", ";")} (dir ${args.dir})`;
  });
}

describe("a user namespace is mapped", () => {
  test("by root, by hand, whatever the maps, and keeps setgroups", () => {
    expect(ops(many, many, host({ uid: 0, gid: 0, rootless: false }))).toEqual([
      "write uid_map 0 1000 1;1 100000 65536; (dir 1)",
      "write gid_map 0 1000 1;1 100000 65536; (dir 1)",
    ]);
  });

  test("by an ordinary user to itself alone by hand, with setgroups denied first (CVE-2014-8989)", () => {
    expect(ops(one(1000), one(1001), host({}))).toEqual([
      "write uid_map 0 1000 1; (dir 1)",
      "write setgroups deny (dir 1)",
      "write gid_map 0 1001 1; (dir 1)",
    ]);
  });

  test("by an ordinary user to more by the helpers, which take the pid as first argument", () => {
    expect(ops(many, many, host({ subordinate: HELPERS }))).toEqual([
      "run /bin/newuidmap  0 1000 1 1 100000 65536 (pid 0 at 1)",
      "run /bin/newgidmap  0 1000 1 1 100000 65536 (pid 0 at 1)",
    ]);
  });

  test("by the helper where the single id is another's", () => {
    expect(ops(one(100_000), one(1001), host({ subordinate: HELPERS }))).toEqual([
      "run /bin/newuidmap  0 100000 1 (pid 0 at 1)",
      "write setgroups deny (dir 1)",
      "write gid_map 0 1001 1; (dir 1)",
    ]);
  });

  // biome-ignore format: table
  const refused = [
    { name: "newuidmap", uids: many, gids: one(1001), subordinate: { uids: [], gids: [], newgidmap: "/bin/newgidmap" }, says: /linux\.uidMappings: .*newuidmap.*\(Debian: uidmap\)/ },
    { name: "newgidmap", uids: one(1000), gids: many, subordinate: { uids: [], gids: [], newuidmap: "/bin/newuidmap" }, says: /linux\.gidMappings: .*newgidmap.*\(Debian: uidmap\)/ },
  ];
  for (const { name, uids, gids, subordinate, says } of refused) {
    test(`not, by an ordinary user, without ${name}, and the error names it`, () => {
      const attempt = () => ops(uids, gids, host({ subordinate }));
      expect(attempt).toThrow(TeuError);
      expect(attempt).toThrow(says);
    });
  }
});

test("a map is a line a range", () => {
  expect(mapText(many)).toBe("0 1000 1\n1 100000 65536\n");
  expect(mapText([])).toBe("");
});
