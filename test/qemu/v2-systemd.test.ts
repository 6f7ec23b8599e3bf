// The systemd cgroup driver, on a guest whose PID 1 is systemd: containers are scopes, and systemd knows their limits.
import { describe, expect } from "bun:test";
import { existsSync } from "node:fs";
import { debianBase, debianFiles, SYSTEMD } from "./debian.ts";
import { DEFAULT_CACHE } from "./guest.ts";
import { type Container, must, running } from "./runtime.ts";
import { sharedGuest } from "./shared-guest.ts";
import { missing, type Subject, subjectFiles, subjects } from "./subjects.ts";

const BOOTSTRAP = "/usr/bin/mmdebstrap";

for (const subject of subjects(process.env.TEU_TEST_RUNTIMES)) {
  const reason = missing(subject) ?? (existsSync(BOOTSTRAP) ? undefined : `${BOOTSTRAP} is missing`);
  if (reason !== undefined) console.warn(`SKIPPED: systemd cgroup driver tests of ${subject.name}: ${reason}`);
  describe.skipIf(reason !== undefined)(`${subject.name} with systemd`, () => withSystemd(subject));
}

const MiB = 2 ** 20;
const RESOURCES = {
  memory: { limit: 64 * MiB },
  pids: { limit: 42 },
  cpu: { quota: 20_000, period: 100_000 },
  devices: [{ allow: false, access: "rwm" }],
};

function withSystemd(subject: Subject): void {
  const { guest, test } = sharedGuest(async () => {
    const base = await debianBase(DEFAULT_CACHE); // the first run bootstraps it
    return { base, init: SYSTEMD, files: { ...debianFiles(), ...(await subjectFiles(subject)) } };
  });

  const start = (name: string) =>
    running(guest, `${subject.program} --systemd-cgroup`, { resources: RESOURCES, linux: { cgroupsPath: `system.slice:test:${name}` } });
  const property = (name: string, scope: string) => must(guest, `systemctl show --value --property ${name} ${scope}`);
  const deviceRefused = async (container: Container) => {
    const { output } = await container.attempt("exec ID sh -c 'mknod /tmp/kmsg c 1 11; head -c0 /tmp/kmsg; rm /tmp/kmsg'");
    return output.includes("Operation not permitted");
  };

  test("a container is a scope that systemd knows the limits of", async () => {
    await using container = await start("limits");
    const scope = "test-limits.scope";
    expect(await property("ActiveState", scope)).toBe("active");
    expect(await property("Slice", scope)).toBe("system.slice");
    expect(await property("MemoryMax", scope)).toBe(`${64 * MiB}`);
    expect(await property("TasksMax", scope)).toBe("42");
    expect(await property("CPUQuotaPerSecUSec", scope)).toBe("200ms");
    expect(await container.cgroup("memory.max")).toBe(`${64 * MiB}`);
    expect(await container.cgroup("pids.max")).toBe("42");
    expect(await container.cgroup("cpu.max")).toBe("20000 100000");
  });

  test("delete leaves no scope and no cgroup", async () => {
    await using container = await start("gone");
    await container.call("delete --force ID");
    expect(await property("LoadState", "test-gone.scope")).toBe("not-found");
    expect(await container.hasCgroup()).toBe(false);
  });

  test("limits and device rules outlive a reload of systemd", async () => {
    await using container = await start("reload");
    await must(guest, "systemctl daemon-reload");
    expect(await container.cgroup("pids.max")).toBe("42");
    expect(await container.cgroup("memory.max")).toBe(`${64 * MiB}`);
    expect(await deviceRefused(container)).toBe(true);
  });

  test("update tells systemd, so that a reload keeps the new limits", async () => {
    await using container = await start("update");
    await container.call("update --memory 48M --pids-limit 17 ID");
    await must(guest, "systemctl daemon-reload");
    expect(await property("MemoryMax", "test-update.scope")).toBe(`${48 * MiB}`);
    expect(await container.cgroup("memory.max")).toBe(`${48 * MiB}`);
    expect(await container.cgroup("pids.max")).toBe("17");
    expect(await deviceRefused(container)).toBe(true);
  });

  test("pause and resume", async () => {
    await using container = await start("freeze");
    await container.call("pause ID");
    expect(await container.cgroup("cgroup.events")).toContain("frozen 1");
    await container.call("resume ID");
    expect(await container.cgroup("cgroup.events")).toContain("frozen 0");
  });
}
