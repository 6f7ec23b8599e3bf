// The runtime as an ordinary user: one id mapped by hand, and many by newuidmap(1) (user_namespaces(7), subuid(5)).
import { expect } from "bun:test";
import { readFileSync } from "node:fs";
import type { IdMapping, Linux } from "../../src/spec/runtime/config.ts";
import { requires } from "../support/requires.ts";
import { type TestRoots, withRoots } from "../support/roots.ts";
import { eventually, runOk } from "../support/run.ts";
import { tester } from "../support/user.ts";
import { container, type TestContainer } from "./container.ts";

const { describe, test } = requires("root", "busybox", "userns", "tester");

/** Runs a test's body with roots that the ordinary user owns. */
const asTester = (body: (roots: TestRoots) => Promise<void>) => withRoots(body, { owner: tester() });

async function runningAsTester(roots: TestRoots, linux = {}): Promise<TestContainer> {
  const made = await container({ roots, user: tester(), args: ["sleep", "1000"], linux });
  await made.must("run", ["--detach"]);
  return made;
}

describe("one id", () => {
  test("a container runs, is entered, told of, and deleted", () =>
    asTester(async (roots) => {
      const made = await runningAsTester(roots);
      const { pid, status } = await made.state();
      expect(status).toBe("running");
      expect(readFileSync(`/proc/${pid}/status`, "utf8")).toContain(`Uid:\t${tester().uid}\t`);
      expect(await made.must("exec", [], ["sh", "-c", "id -u; hostname; cat /proc/self/setgroups"])).toBe("0\ncontainer\ndeny");
      expect(await made.must("ps", ["--format", "json"])).toBe(`[${pid}]`);
      await made.must("kill", [], ["KILL"]);
      await eventually("it has stopped", async () => (await made.state()).status === "stopped");
      await made.must("delete");
    }));

  test("a foreground run passes its output and exit status on", () =>
    asTester(async (roots) => {
      const made = await container({ roots, user: tester(), args: ["sh", "-c", "id -u; exit 5"] });
      expect(await made.verb("run")).toMatchObject({ status: 5, stdout: "0\n" });
    }));

  test("time offsets need no privilege in a user namespace of one's own", () =>
    asTester(async (roots) => {
      const namespaces = (["user", "time", "mount", "pid", "uts", "network", "ipc"] as const).map((type) => ({ type }));
      const linux = { namespaces, timeOffsets: { boottime: { secs: 1_000_000 } } };
      const made = await container({ roots, user: tester(), args: ["cat", "/proc/uptime"], linux });
      expect(Number.parseFloat(await made.must("run"))).toBeGreaterThan(1_000_000);
    }));

  test("create and start are two steps here too", () =>
    asTester(async (roots) => {
      const made = await container({ roots, user: tester(), args: ["sleep", "1000"] });
      await made.must("create");
      expect((await made.state()).status).toBe("created");
      await made.must("start");
      expect((await made.state()).status).toBe("running");
      await made.must("delete", ["--force"]);
    }));

  test("kill --all without a cgroup ends it, and has no other signal to give", () =>
    asTester(async (roots) => {
      const made = await runningAsTester(roots);
      expect((await made.verb("kill", ["--all"], ["TERM"])).stderr).toContain("no cgroup to find its processes by");
      await made.must("kill", ["--all"], ["KILL"]);
      await eventually("it has stopped", async () => (await made.state()).status === "stopped");
      await made.must("delete");
    }));

  test("another user's id cannot be mapped, and nothing is left of the attempt", () =>
    asTester(async (roots) => {
      const root = [{ containerID: 0, hostID: 0, size: 1 }];
      const made = await container({ roots, user: tester(), args: ["true"], linux: { uidMappings: root, gidMappings: root } });
      expect(await made.verb("run")).toMatchObject({ status: 1, stderr: expect.stringContaining("linux.uidMappings") });
      expect((await made.verb("state")).status).toBe(1);
    }));
});

/** The maps of all ids that the user has: its own as root, and its subordinate ones. */
async function manyIds(): Promise<Pick<Linux, "uidMappings" | "gidMappings">> {
  const { name, uid, gid } = tester();
  const first = async (file: string) => Number((await runOk(["grep", "-m1", `^${name}:`, file])).split(":")[1]);
  const map = (own: number, start: number): IdMapping[] => [
    { containerID: 0, hostID: own, size: 1 },
    { containerID: 1, hostID: start, size: 1000 },
  ];
  return { uidMappings: map(uid, await first("/etc/subuid")), gidMappings: map(gid, await first("/etc/subgid")) };
}

const many = requires("root", "busybox", "userns", "tester", "subids", "newuidmap");
many.describe("many ids", () => {
  many.test("are mapped by the helpers, and users of the container are there", () =>
    asTester(async (roots) => {
      const made = await runningAsTester(roots, await manyIds());
      expect(
        await made.must("exec", ["--user", "5:6", "--additional-gids", "7"], ["sh", "-c", "id -u; id -G; cat /proc/self/setgroups"]),
      ).toBe("5\n6 7\nallow");
      await made.must("delete", ["--force"]);
    }),
  );

  many.test("a container whose process is one of those users is entered too", () =>
    asTester(async (roots) => {
      const linux = await manyIds();
      const made = await container({ roots, user: tester(), args: ["sleep", "1000"], process: { user: { uid: 5, gid: 6 } }, linux });
      await made.must("run", ["--detach"]);
      expect(await made.must("exec", [], ["id", "-u"])).toBe("5");
      expect(await made.must("exec", ["--user", "0:0"], ["id", "-u"])).toBe("0");
      await made.must("delete", ["--force"]);
    }),
  );
});
