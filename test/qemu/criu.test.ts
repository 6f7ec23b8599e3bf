// Checkpoint and restore: Debian's criu on Debian's kernel, in a guest, as the host's own kernel may be too new for it.
import { describe, expect } from "bun:test";
import { criuFiles, loadModules, missingCriu } from "./criu-guest.ts";
import { bundle, type Container, type ContainerWish, must } from "./runtime.ts";
import { sharedGuest } from "./shared-guest.ts";
import { missing, type Subject, subjectFiles, subjects } from "./subjects.ts";

for (const subject of subjects(process.env.TEU_TEST_RUNTIMES)) {
  const reason = missing(subject) ?? missingCriu();
  if (reason !== undefined) console.warn(`SKIPPED: checkpoint tests of ${subject.name}: ${reason}`);
  describe.skipIf(reason !== undefined)(`${subject.name} with criu`, () => withCriu(subject));
}

/** Counts in a shell variable, which only its memory holds, and writes each number to a file of the root file system and to a stream. */
const COUNTER = ["sh", "-c", 'i=0; while :; do i=$((i+1)); echo $i >/tmp/count; echo "counted $i"; sleep 0.1; done'];
const COUNT = "/bundle/rootfs/tmp/count";

const HARDENED: ContainerWish = {
  process: { noNewPrivileges: true, rlimits: [{ type: "RLIMIT_NOFILE", soft: 100, hard: 200 }], oomScoreAdj: 50 },
  mounts: [
    { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "mode=1777"] },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
    { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "ro"] },
    { destination: "/etc/name", type: "bind", source: "/tmp/name", options: ["bind", "ro"] },
  ],
  linux: {
    namespaces: [{ type: "mount" }, { type: "pid" }, { type: "ipc" }, { type: "uts" }, { type: "cgroup" }],
    seccomp: { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO" }] },
    maskedPaths: ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/acpi", "/nowhere"],
    readonlyPaths: ["/proc/sys", "/proc/irq"],
  },
  resources: { pids: { limit: 42 }, devices: [{ allow: false, access: "rwm" }] },
};

/** Where the mounts of a process differ from those of another in point, type or flags. */
const MOUNTS = (pid: string) => `sed 's/.* \\([^ ]* [^ ]*\\) - \\([^ ]*\\) .*/\\1 \\2/' /proc/${pid}/mountinfo | sort`;

function withCriu(subject: Subject): void {
  const { guest, test } = sharedGuest(
    async () => ({ files: { ...(await subjectFiles(subject)), ...(await criuFiles()) }, memoryMiB: 1024 }),
    async (machine) => {
      await loadModules(machine);
      await must(machine, "echo guest >/tmp/name; touch /bundle/rootfs/etc/name");
    },
  );

  const counter = async (wish: ContainerWish = {}): Promise<Container> => {
    await must(guest, `rm -f ${COUNT}`);
    const container = await bundle(guest, subject.program, { args: COUNTER, ...wish });
    await container.call("run --detach --bundle /tmp/ID ID >>/tmp/ID/log 2>&1 </dev/null");
    await must(guest, `for i in $(seq 50); do test -s ${COUNT} && exit; sleep 0.1; done; exit 1`);
    return container;
  };
  const count = async () => Number(await must(guest, `cat ${COUNT}`));
  const counts = async () => {
    const before = await count();
    // A guest on a busy host may stand still for a second or two.
    const { exitCode } = await guest.run(`for i in $(seq 40); do sleep 0.25; test "$(cat ${COUNT})" -gt ${before} && exit; done; exit 1`);
    return exitCode === 0;
  };
  const pidOf = async (container: Container) => String(JSON.parse(await container.call("state ID")).pid);
  const checkpoint = (container: Container, flags = "") => container.call(`checkpoint ${flags} --image-path /tmp/ID/images ID`);
  const restore = (container: Container, flags = "") =>
    container.call(
      `restore --detach ${flags} --bundle /tmp/ID --image-path /tmp/ID/images ID >>/tmp/ID/log2 2>&1 </dev/null || { cat /tmp/ID/log2; false; }`,
    );

  test("a checkpoint ends and deletes the container, and restore has it go on from where it was", async () => {
    await using container = await counter();
    await checkpoint(container);
    const at = await count();
    expect((await container.attempt("state ID")).output).toContain("does not exist");
    expect(await container.hasCgroup()).toBe(false);
    expect(await counts()).toBe(false);

    await must(guest, `rm ${COUNT}`);
    await restore(container, `--pid-file /tmp/${container.id}/pid`);
    expect(await counts()).toBe(true);
    expect(await count()).toBeGreaterThan(at);
    const state = JSON.parse(await container.call("state ID"));
    expect(state.status).toBe("running");
    expect(await must(guest, `cat /tmp/${container.id}/pid`)).toBe(String(state.pid));
    expect(await container.call("exec ID cat /proc/1/comm")).toBe("sh");
    expect(await must(guest, `head -n 1 /tmp/${container.id}/log2`)).toMatch(/^counted \d+$/);
    expect(await must(guest, "ls -A /run/teu/containers; grep -c rootfs /proc/mounts || true")).toBe(`${container.id}\n0`);

    await container.call("kill ID KILL");
    await container.call("delete --force ID");
    expect(await container.hasCgroup()).toBe(false);
  });

  test("--leave-running leaves it running, and its checkpoint can be restored later", async () => {
    await using container = await counter();
    await checkpoint(container, "--leave-running --work-path /tmp/ID/work --file-locks --tcp-established --ext-unix-sk --shell-job");
    expect(await counts()).toBe(true);
    expect(await must(guest, `ls /tmp/${container.id}/work/dump.log`)).toContain("dump.log");
    const later = await count();
    await container.call("delete --force ID");
    await restore(container, "--work-path /tmp/ID/work --file-locks --tcp-established --ext-unix-sk --shell-job");
    await must(guest, "sleep 1");
    expect(await count()).toBeLessThan(later + 20);
    expect(await counts()).toBe(true);
  });

  test("limits, masks, mounts, capabilities and no_new_privs are what they were", async () => {
    await using container = await counter(HARDENED);
    const look = async () => {
      const pid = await pidOf(container);
      return {
        mounts: await must(guest, MOUNTS(pid)),
        status: await must(guest, `grep -E '^(Cap|NoNewPrivs|Seccomp|Uid|Gid|Groups)' /proc/${pid}/status`),
        limits: await must(guest, `cat /proc/${pid}/limits /proc/${pid}/oom_score_adj`),
        pids: await container.cgroup("pids.max"),
        cgroup: await must(guest, `cat /proc/${pid}/cgroup`),
        shown: await container.call("exec ID cat /etc/name"),
      };
    };
    const before = await look();
    expect(before.pids).toBe("42");
    await checkpoint(container);
    await restore(container);
    expect(await look()).toEqual(before);
    const { output } = await container.attempt("exec ID sh -c 'mknod /tmp/kmsg c 1 11; head -c0 /tmp/kmsg; rm /tmp/kmsg'");
    expect(output).toContain("Operation not permitted");
  });

  test("a container whose mounts criu would make writable is not checkpointed, and runs on", async () => {
    const name = { type: "bind", source: "/tmp/name", options: ["bind", "ro"] };
    await must(guest, "touch /bundle/rootfs/etc/other");
    await using container = await counter({
      mounts: [
        { ...name, destination: "/etc/name" },
        { ...name, destination: "/etc/other" },
      ],
    });
    const { exitCode, output } = await container.attempt("checkpoint --image-path /tmp/ID/images ID 2>&1");
    expect({ exitCode, output }).toEqual({
      exitCode: 1,
      output: expect.stringContaining("flags of /etc/name, /etc/other, which show the same"),
    });
    expect(await counts()).toBe(true);
  });

  test("a container one of whose mounts holds it back less than before is not restored", async () => {
    await using container = await counter({ mounts: [{ type: "bind", source: "/tmp/name", destination: "/etc/name", options: ["bind"] }] });
    await checkpoint(container);
    await must(guest, `sed -i 's# /etc/name rw# /etc/name ro#' /tmp/${container.id}/images/mountinfo`);
    const { exitCode, output } = await container.attempt(
      "restore --detach --bundle /tmp/ID --image-path /tmp/ID/images ID 2>&1 >>/tmp/ID/log",
    );
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringContaining("flags of /etc/name (ro)") });
    expect(await container.hasCgroup()).toBe(false);
    expect(await counts()).toBe(false);
  });

  test("a stream that was a pipe is the caller's at restore", async () => {
    await using container = await bundle(guest, subject.program, { args: COUNTER });
    await container.call("run --detach --bundle /tmp/ID ID </dev/null 2>&1 | cat >/tmp/ID/log & sleep 2");
    await checkpoint(container);
    await restore(container);
    await must(guest, "sleep 1");
    expect(await must(guest, `head -n 1 /tmp/${container.id}/log2`)).toMatch(/^counted \d+$/);
  });

  test("a container whose id is taken is not restored, and stays", async () => {
    await using container = await counter();
    await checkpoint(container, "--leave-running");
    const { exitCode, output } = await container.attempt("restore --detach --bundle /tmp/ID --image-path /tmp/ID/images ID 2>&1");
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringContaining("exists already") });
    expect(await counts()).toBe(true);
  });

  test("what criu fails at is said with its last word and its log, and the container runs on", async () => {
    await using container = await counter();
    await must(guest, "mv /bin/tar /away");
    const { exitCode, output } = await container.attempt("checkpoint --image-path /tmp/ID/images --work-path /tmp/ID/work ID 2>&1");
    await must(guest, "mv /away /bin/tar");
    expect({ exitCode, output }).toEqual({
      exitCode: 1,
      output: expect.stringMatching(/checkpoint container \S+: criu: .*Can't dump tmpfs content; its log is \/tmp\/\S+\/work\/dump\.log/),
    });
    expect(await counts()).toBe(true);
  });

  test("a failed restore leaves nothing", async () => {
    await using container = await counter();
    await checkpoint(container);
    await must(guest, `rm /tmp/${container.id}/images/core-1.img`);
    const { exitCode, output } = await container.attempt(
      "restore --detach --bundle /tmp/ID --image-path /tmp/ID/images ID 2>&1 </dev/null",
    );
    expect({ exitCode, output }).toEqual({
      exitCode: 1,
      output: expect.stringMatching(/restore container \S+: criu: .+; its log is \/tmp\/\S+\/restore\.log/),
    });
    expect((await container.attempt("state ID")).output).toContain("does not exist");
    expect(await container.hasCgroup()).toBe(false);
  });

  test("without criu the Debian package is named", async () => {
    await using container = await counter();
    const { exitCode, output } = await guest.run(
      `mv /usr/sbin/criu /criu; ${subject.program} checkpoint --image-path /tmp/${container.id}/images ${container.id} 2>&1; status=$?; mv /criu /usr/sbin/criu; exit $status`,
    );
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringContaining("Debian's package criu") });
    expect(await counts()).toBe(true);
  });
}
