// Containers on a cgroup v2 host: a guest is booted for each runtime, and the kernel's own files say what it did.
import { describe, expect } from "bun:test";
import { RESOURCE_CASES } from "./resources.ts";
import { bundle, CGROUP, must, PARENT, running } from "./runtime.ts";
import { sharedGuest } from "./shared-guest.ts";
import { missing, type Subject, subjectFiles, subjects } from "./subjects.ts";

const CGROUP_MOUNT = { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "ro"] };
const ISOLATED = [{ type: "mount" }, { type: "pid" }, { type: "ipc" }, { type: "uts" }, { type: "cgroup" }] as const;

for (const subject of subjects(process.env.TEU_TEST_RUNTIMES)) {
  const reason = missing(subject);
  if (reason !== undefined) console.warn(`SKIPPED: cgroup v2 tests of ${subject.name}: ${reason}`);
  describe.skipIf(reason !== undefined)(`${subject.name} on cgroup v2`, () => onV2(subject));
}

function onV2(subject: Subject): void {
  const { name, program } = subject;
  const { guest, test } = sharedGuest(async () => ({ files: await subjectFiles(subject) }));

  const start = (wish: Parameters<typeof running>[2]) => running(guest, program, wish);

  for (const row of RESOURCE_CASES) {
    if (row.notBy?.includes(name)) continue;
    test(`resources: ${row.name}`, async () => {
      const disk = await must(guest, "cat /sys/block/vda/dev");
      const [major = 0, minor = 0] = disk.split(":").map(Number);
      await using container = await start({ resources: row.resources({ major, minor }) });
      for (const [file, values] of Object.entries(row.files)) {
        const value = await container.cgroup(file);
        const good = values.replace("DISK", disk).split("|");
        expect({ file, value }).toEqual({ file, value: good.find((each) => each === value) ?? values });
      }
      await container.call("delete --force ID");
      expect(await container.hasCgroup()).toBe(false);
    });
  }

  test("a resource that the kernel does not know is an error and leaves nothing", async () => {
    await using container = await bundle(guest, program, { resources: { unified: { "memory.nonsense": "1" } } });
    const { exitCode, output } = await container.attempt("create --bundle /tmp/ID ID");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("memory.nonsense");
    expect(await container.hasCgroup()).toBe(false);
  });

  test("the created process is alone in its cgroup before start", async () => {
    await using container = await bundle(guest, program);
    await container.call("create --bundle /tmp/ID --pid-file /tmp/ID/pid ID >/tmp/ID/log 2>&1");
    const pid = await must(guest, `cat /tmp/${container.id}/pid`);
    expect(await must(guest, `cat /proc/${pid}/cgroup`)).toBe(`0::${PARENT}/${container.id}`);
    expect(await container.cgroup("cgroup.procs")).toBe(pid);
  });

  test("exec enters the container's cgroup", async () => {
    await using container = await start({});
    expect(await container.call("exec ID cat /proc/self/cgroup")).toBe(`0::${PARENT}/${container.id}`);
  });

  test("with a cgroup namespace the container sees its cgroup as the root, read-only", async () => {
    await using container = await start({
      resources: { pids: { limit: 33 } },
      mounts: [CGROUP_MOUNT],
      linux: { namespaces: ISOLATED },
    });
    expect(await container.call("exec ID cat /proc/self/cgroup")).toBe("0::/");
    expect(await container.call("exec ID cat /sys/fs/cgroup/pids.max")).toBe("33");
    const { exitCode, output } = await container.attempt("exec ID sh -c 'echo 34 >/sys/fs/cgroup/pids.max'");
    expect(exitCode).not.toBe(0);
    expect(output).toContain("Read-only file system");
  });

  test("without a cgroup namespace the container sees where its cgroup is", async () => {
    await using container = await start({ resources: { pids: { limit: 33 } }, mounts: [CGROUP_MOUNT] });
    expect(await container.call("exec ID cat /proc/self/cgroup")).toBe(`0::${PARENT}/${container.id}`);
    // the mount shows either the whole tree or the container's part of it
    const file = `cat /sys/fs/cgroup${PARENT}/${container.id}/pids.max || cat /sys/fs/cgroup/pids.max`;
    expect(await container.call(`exec ID sh -c '${file}' 2>/dev/null`)).toBe("33");
  });

  test("a process over the memory limit is killed", async () => {
    const memory = { limit: 16 * 2 ** 20, swap: 16 * 2 ** 20 };
    await using container = await bundle(guest, program, { args: ["tail", "/dev/zero"], resources: { memory } });
    const { exitCode } = await container.attempt("run --bundle /tmp/ID ID");
    expect(exitCode).toBe(128 + 9);
  });

  test("devices that no rule allows are refused, by open and by type", async () => {
    const devices = [{ allow: false, access: "rwm" }];
    await using container = await start({ resources: { devices } });
    const { output } = await container.attempt(
      "exec ID sh -c 'mknod /tmp/kmsg c 1 11; head -c0 /tmp/kmsg; head -c1 /dev/zero | wc -c; rm /tmp/kmsg'",
    );
    expect(output).toContain("Operation not permitted");
    expect(output).toEndWith("1\n");
  });

  test("a rule allows one device one way", async () => {
    const devices = [
      { allow: false, access: "rwm" },
      { allow: true, type: "c", major: 1, minor: 11, access: "r" },
    ];
    await using container = await start({ resources: { devices } });
    await container.call("exec ID sh -c 'mknod /tmp/kmsg c 1 11; exec 3</tmp/kmsg'");
    const { output } = await container.attempt("exec ID sh -c 'echo no >/tmp/kmsg'");
    expect(output).toContain("Operation not permitted");
    await must(guest, "rm /bundle/rootfs/tmp/kmsg");
  });

  test("device rules outlive an update", async () => {
    await using container = await start({ resources: { devices: [{ allow: false, access: "rwm" }] } });
    await container.call("update --pids-limit 20 ID");
    const { output } = await container.attempt("exec ID sh -c 'mknod /tmp/kmsg c 1 11; head -c0 /tmp/kmsg; rm /tmp/kmsg'");
    expect(output).toContain("Operation not permitted");
  });

  test("pause freezes the cgroup and resume thaws it", async () => {
    await using container = await start({});
    await container.call("pause ID");
    expect(await container.cgroup("cgroup.events")).toContain("frozen 1");
    expect(JSON.parse(await container.call("state ID")).status).toBe("paused");
    await container.call("resume ID");
    expect(await container.cgroup("cgroup.events")).toContain("frozen 0");
    expect(JSON.parse(await container.call("state ID")).status).toBe("running");
  });

  test("kill --all reaches every process, without a pid namespace too", async () => {
    await using container = await start({
      args: ["sh", "-c", "sleep 1000 & sleep 1001 & wait"],
      linux: { namespaces: [{ type: "mount" }] },
    });
    const events = `${CGROUP}${PARENT}/${container.id}/cgroup.events`;
    expect(await container.cgroup("cgroup.events")).toContain("populated 1");
    await container.call("kill --all ID KILL");
    const wait = `for i in 1 2 3 4 5 6 7 8; do grep -q 'populated 0' ${events} && break; sleep 0.25; done`;
    await must(guest, wait);
    expect(await container.cgroup("cgroup.events")).toContain("populated 0");
  });

  test("events --stats tells limits and use", async () => {
    await using container = await start({ resources: { memory: { limit: 64 * 2 ** 20 }, pids: { limit: 42 } } });
    const { type, id, data } = JSON.parse(await container.call("events --stats ID"));
    expect({ type, id }).toEqual({ type: "stats", id: container.id });
    expect(data.memory.usage).toMatchObject({ limit: 64 * 2 ** 20, usage: expect.any(Number) });
    expect(data.pids).toEqual({ current: 1, limit: 42 });
    expect(data.cpu.usage.total).toBeGreaterThan(0);
  });

  test("update changes limits of a running container and keeps the others", async () => {
    await using container = await start({ resources: { memory: { limit: 64 * 2 ** 20 }, pids: { limit: 42 } } });
    await container.call("update --memory 48M --cpu-quota 30000 --cpu-period 60000 ID");
    expect(await container.cgroup("memory.max")).toBe(`${48 * 2 ** 20}`);
    expect(await container.cgroup("cpu.max")).toBe("30000 60000");
    expect(await container.cgroup("pids.max")).toBe("42");
  });

  test("delete removes the cgroups that the container made below its own", async () => {
    const writable = { ...CGROUP_MOUNT, options: ["nosuid", "noexec", "nodev", "rw"] };
    await using container = await start({ mounts: [writable], linux: { namespaces: ISOLATED } });
    await container.call("exec ID mkdir -p /sys/fs/cgroup/a/b");
    await container.call("delete --force ID");
    expect(await container.hasCgroup()).toBe(false);
  });
}
