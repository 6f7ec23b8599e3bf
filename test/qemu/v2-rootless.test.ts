// An ordinary user's containers on cgroup v2, in a delegated subtree.
import { describe, expect } from "bun:test";
import { guestPart } from "./busybox.ts";
import { type ContainerWish, must, running } from "./runtime.ts";
import { sharedGuest } from "./shared-guest.ts";
import { missing, type Subject, subjectFiles, subjects } from "./subjects.ts";

const TESTER = 1000;

for (const subject of subjects(process.env.TEU_TEST_RUNTIMES)) {
  const reason = missing(subject);
  if (reason !== undefined) console.warn(`SKIPPED: rootless cgroup v2 tests of ${subject.name}: ${reason}`);
  describe.skipIf(reason !== undefined)(`${subject.name} without root on cgroup v2`, () => withoutRoot(subject));
}

function withoutRoot(subject: Subject): void {
  const { guest, test } = sharedGuest(async () => ({
    files: { ...(await subjectFiles(subject)), "/guest/as-tester": { from: guestPart("as-tester") } },
  }));

  const start = (cgroupsPath: string, wish: ContainerWish) => {
    const mapping = [{ containerID: 0, hostID: TESTER, size: 1 }];
    const namespaces = [
      { type: "user" },
      { type: "mount" },
      { type: "pid" },
      { type: "ipc" },
      { type: "uts" },
      { type: "cgroup" },
    ] as const;
    return running(guest, `/guest/as-tester ${subject.program} --root /run/user/1000/runtime`, {
      ...wish,
      linux: { namespaces, uidMappings: mapping, gidMappings: mapping, cgroupsPath },
    });
  };

  test("limits land in the delegated subtree", async () => {
    const resources = { memory: { limit: 64 * 2 ** 20 }, pids: { limit: 42 }, cpu: { quota: 20_000, period: 50_000 } };
    await using container = await start("/delegated/limits", { resources });
    expect(await container.cgroup("memory.max")).toBe(`${64 * 2 ** 20}`);
    expect(await container.cgroup("pids.max")).toBe("42");
    expect(await container.cgroup("cpu.max")).toBe("20000 50000");
    expect(await container.call("exec ID cat /proc/self/cgroup")).toBe("0::/");
    await container.call("delete --force ID");
    expect(await container.hasCgroup()).toBe(false);
  });

  test("pause, resume and kill work on the user's own cgroup", async () => {
    await using container = await start("/delegated/freeze", {});
    await container.call("pause ID");
    expect(await container.cgroup("cgroup.events")).toContain("frozen 1");
    await container.call("resume ID");
    expect(await container.cgroup("cgroup.events")).toContain("frozen 0");
  });

  test("root in the container is the user outside", async () => {
    await using container = await start("/delegated/user", {});
    expect(await container.call("exec ID id -u")).toBe("0");
    const pid = await container.cgroup("cgroup.procs");
    expect(await must(guest, `stat -c %u /proc/${pid}`)).toBe(`${TESTER}`);
  });
}
