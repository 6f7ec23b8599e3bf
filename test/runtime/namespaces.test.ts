// Namespaces of a container: new ones, joined ones, time offsets, id maps (runtime-spec config-linux.md).
import { expect } from "bun:test";
import { chownSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { requires } from "../support/requires.ts";
import { withRoots } from "../support/roots.ts";
import { container, namespaceOf, outputOf, running } from "./container.ts";

const { describe, test } = requires("root", "busybox");

const ALL = ["pid", "network", "ipc", "uts", "mount", "cgroup"] as const;
const FILE = { pid: "pid", network: "net", ipc: "ipc", uts: "uts", mount: "mnt", cgroup: "cgroup" } as const;
const maps = {
  uidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
  gidMappings: [{ containerID: 0, hostID: 100_000, size: 65_536 }],
};

describe("namespaces", () => {
  test("that are listed are the container's own, those that are not are the caller's", () =>
    withRoots(async (roots) => {
      const made = await running({
        roots,
        linux: { namespaces: [{ type: "mount" }, { type: "uts" }], maskedPaths: [], readonlyPaths: [] },
      });
      const { pid } = await made.state();
      for (const kind of ALL) {
        const same = (await namespaceOf(pid, FILE[kind])) === (await namespaceOf("self", FILE[kind]));
        expect([kind, same]).toEqual([kind, kind !== "mount" && kind !== "uts"]);
      }
      await made.must("delete", ["--force"]);
    }));

  test("of another container are joined by path", () =>
    withRoots(async (roots) => {
      const first = await running({ roots, name: "first" });
      const { pid } = await first.state();
      const joined = (["network", "ipc", "uts", "pid"] as const).map((type) => ({ type, path: `/proc/${pid}/ns/${FILE[type]}` }));
      const second = await running({
        roots,
        name: "second",
        linux: { namespaces: [...joined, { type: "mount" }, { type: "cgroup" }] },
        tweak: ({ hostname: _, ...config }) => config,
      });
      const { pid: other } = await second.state();
      for (const { type } of joined) expect(await namespaceOf(other, FILE[type])).toBe(await namespaceOf(pid, FILE[type]));
      expect(await second.must("exec", [], ["hostname"])).toBe("container");
      await second.must("delete", ["--force"]);
      await first.must("delete", ["--force"]);
    }));

  test("of another kind than their path's are refused, and nothing is left", () =>
    withRoots(async (roots) => {
      const made = await container({
        roots,
        args: ["true"],
        linux: { namespaces: [{ type: "mount" }, { type: "network", path: "/proc/self/ns/ipc" }, { type: "uts" }] },
      });
      expect(await made.verb("run")).toMatchObject({
        status: 1,
        stderr: expect.stringContaining("linux.namespaces[1]: invalid argument (EINVAL)"),
      });
    }));

  test("time offsets shift the clocks, for exec too", () =>
    withRoots(async (roots) => {
      const offsets = { timeOffsets: { boottime: { secs: 1_000_000 }, monotonic: { secs: 5 } } };
      const made = await running({ roots, linux: { namespaces: [...ALL, "time" as const].map((type) => ({ type })), ...offsets } });
      const uptime = async () => Number((await made.must("exec", [], ["cut", "-d.", "-f1", "/proc/uptime"])).trim());
      expect(await uptime()).toBeGreaterThan(1_000_000);
      await made.must("delete", ["--force"]);
    }));
});

describe("a user namespace", () => {
  test("goes together with time offsets", () =>
    withRoots(async (roots) => {
      const namespaces = [...ALL, "user" as const, "time" as const].map((type) => ({ type }));
      const linux = { ...maps, namespaces, timeOffsets: { boottime: { secs: 1_000_000 } } };
      expect(Number.parseFloat(await outputOf({ roots, args: ["cat", "/proc/uptime"], linux }))).toBeGreaterThan(1_000_000);
    }));

  test("maps ids, and gives its root every capability asked for in it", () =>
    withRoots(async (roots) => {
      const linux = { ...maps, namespaces: [...ALL, "user" as const].map((type) => ({ type })) };
      const made = await running({ roots, linux });
      const { pid } = await made.state();
      const status = readFileSync(`/proc/${pid}/status`, "utf8");
      expect(status).toContain("Uid:\t100000\t100000");
      expect(await made.must("exec", [], ["cat", "/proc/self/uid_map"])).toMatch(/^\s*0\s+100000\s+65536$/);
      await made.must("delete", ["--force"]);
    }));

  test("of another container is joined with what belongs to it", () =>
    withRoots(async (roots) => {
      const first = await running({
        roots,
        name: "first",
        linux: { ...maps, namespaces: [...ALL, "user" as const].map((type) => ({ type })) },
      });
      const { pid } = await first.state();
      const namespaces = [
        { type: "user", path: `/proc/${pid}/ns/user` },
        { type: "network", path: `/proc/${pid}/ns/net` },
        ...(["pid", "ipc", "uts", "mount", "cgroup"] as const).map((type) => ({ type })),
      ] as const;
      const second = await running({ roots, name: "second", linux: { namespaces } });
      const { pid: other } = await second.state();
      for (const kind of ["user", "net"]) expect(await namespaceOf(other, kind)).toBe(await namespaceOf(pid, kind));
      expect(await second.must("exec", [], ["id", "-u"])).toBe("0");
      await second.must("delete", ["--force"]);
      await first.must("delete", ["--force"]);
    }));

  test("sees files of an idmapped mount as its own", () =>
    withRoots(async (roots) => {
      const data = roots.path("data");
      mkdirSync(data);
      writeFileSync(`${data}/file`, "x");
      chownSync(`${data}/file`, 5, 6);
      const linux = { ...maps, namespaces: [...ALL, "user" as const].map((type) => ({ type })) };
      const output = await outputOf({
        roots,
        args: ["stat", "-c", "%u %g", "/tmp/file"],
        linux,
        tweak: (config) => ({
          ...config,
          mounts: [...(config.mounts ?? []), { destination: "/tmp", type: "bind", source: data, options: ["rbind", "idmap"] }],
        }),
      });
      expect(output).toBe("5 6");
    }));
});
