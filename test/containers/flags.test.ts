// What flags of isolation and limits make visible inside of a container, several a container.
import { describe, expect } from "bun:test";
import { readlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { type Cli, cliTest, cliTests, ROOT, USER } from "../cli/callers.ts";
import { type FlagCase, flagTests } from "../cli/flag-cases.ts";

const ofHost = (kind: string) => `${readlinkSync(`/proc/self/ns/${kind}`)}\n`;
const namespaces = (...kinds: readonly string[]) => `for n in ${kinds.join(" ")}; do readlink /proc/self/ns/$n; done`;
const V1_ROOT = { callers: [ROOT], needs: ["v1"] } as const;

// biome-ignore format: table
const CASES: readonly FlagCase[] = [
  { name: "names: --domainname with --hostname", flags: ["--hostname", "barge", "--domainname", "canal"], script: "hostname; cat /proc/sys/kernel/domainname", says: "barge\ncanal\n" },
  { name: "--umask is the program's", flags: ["--umask", "077"], script: "umask", says: "0077\n" },
  { name: "--shm-size is that of /dev/shm", flags: ["--shm-size", "1m"], script: "df -k /dev/shm | tail -n 1 | tr -s ' ' | cut -d' ' -f2", says: "1024\n" },
  { name: "--sysctl sets what is the container's", flags: ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1", "--sysctl", "kernel.msgmax=1000"],
    script: "cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax", says: "1\n1000\n" },
  { name: "--oom-score-adj", flags: ["--oom-score-adj", "100"], script: "cat /proc/self/oom_score_adj", says: "100\n" },
  { name: "no-new-privileges, and a mask of one's own", flags: ["--security-opt", "no-new-privileges", "--security-opt", "mask=/proc/uptime"],
    script: "grep NoNewPrivs /proc/self/status; wc -c </proc/uptime", says: "NoNewPrivs:\t1\n0\n" },
  { name: "no-new-privileges=false", flags: ["--security-opt", "no-new-privileges=false"], script: "grep NoNewPrivs /proc/self/status", says: "NoNewPrivs:\t0\n" },
  { name: "systempaths=unconfined masks nothing", flags: ["--security-opt", "systempaths=unconfined"], script: "grep -cE ' /proc/.' /proc/self/mountinfo", says: "0\n" },
  { name: "unmask=ALL is the same", flags: ["--security-opt", "unmask=ALL"], script: "grep -cE ' /proc/.' /proc/self/mountinfo", says: "0\n" },
  { name: "unmask takes one away", flags: ["--security-opt", "unmask=/proc/sys"], script: "grep -c ' /proc/sys ' /proc/self/mountinfo", says: "0\n" },
  { name: "--pid host sees the host's processes", flags: ["--pid", "host"], script: `${namespaces("pid")}; readlink /proc/self/ns/pid`, says: new RegExp(`^(${ofHost("pid").replace(/[[\]]/g, "\\$&")}){2}$`) },
  { name: "--ipc host shares queues and /dev/shm", flags: ["--ipc", "host"], script: `${namespaces("ipc")}; grep -c ' /dev/shm ' /proc/self/mountinfo`, says: `${ofHost("ipc")}1\n` },
  { name: "--ipc none has no /dev/shm", flags: ["--ipc", "none"], script: "grep -c ' /dev/shm ' /proc/self/mountinfo", says: "0\n" },
  { name: "--ipc shareable is the container's own", flags: ["--ipc", "shareable"], script: "grep -c ' /dev/shm ' /proc/self/mountinfo", says: "1\n" },
  { name: "--uts host has the host's name", flags: ["--uts", "host"], script: `${namespaces("uts")}; hostname; echo $HOSTNAME`, says: `${ofHost("uts")}${hostname()}\n${hostname()}\n` },
  { name: "--cgroupns host sees the host's paths", flags: ["--cgroupns", "host"], script: namespaces("cgroup"), says: ofHost("cgroup") },
  { name: "--device at another place, that can be used", flags: ["--device", "/dev/zero:/dev/nothing:r"], script: "head -c 2 /dev/nothing | od -An -tx1; [ -c /dev/nothing ]", says: " 00 00\n" },
  { name: "--read-only-tmpfs leaves places to write to", flags: ["--read-only", "--read-only-tmpfs"], script: "touch /x 2>&1; touch /run/x /tmp/x && echo written", says: "touch: /x: Read-only file system\nwritten\n" },
  { name: "--privileged: devices, a writable /sys, no masks", flags: ["--privileged"],
    script: "[ $(ls /dev | wc -l) -gt 20 ] && echo many; grep -cE ' /proc/.' /proc/self/mountinfo; grep ' /sys ' /proc/self/mountinfo | grep -c ' rw,'", says: "many\n0\n1\n" },
  { name: "memory", flags: ["-m", "32m", "--memory-reservation", "16m", "--memory-swappiness", "10"],
    script: "cd /sys/fs/cgroup/memory; cat memory.limit_in_bytes memory.soft_limit_in_bytes memory.swappiness", says: "33554432\n16777216\n10\n", ...V1_ROOT },
  { name: "processor time", flags: ["--cpu-shares", "512", "--cpu-period", "50000", "--cpu-quota", "10000", "--cpuset-mems", "0", "-c", "256"],
    script: "cd /sys/fs/cgroup; cat cpu/cpu.shares cpu/cpu.cfs_period_us cpu/cpu.cfs_quota_us cpuset/cpuset.mems", says: "256\n50000\n10000\n0\n", ...V1_ROOT },
  { name: "--oom-kill-disable", flags: ["--oom-kill-disable", "-m", "32m"], script: "grep oom_kill_disable /sys/fs/cgroup/memory/memory.oom_control", says: "oom_kill_disable 1\n", ...V1_ROOT },
  { name: "--device-cgroup-rule lets a node be used that the container makes", flags: ["--device-cgroup-rule", "c 1:11 rw"],
    script: "cat /sys/fs/cgroup/devices/devices.list | grep -c '^c 1:11 rwm*$'", says: "1\n", ...V1_ROOT },
  { name: "--userns remap has another user's ids", flags: ["--userns", "remap:tester"], script: "id -u; cut -c11-21 /proc/self/uid_map | tr -d ' '", says: "0\n100000\n", callers: [ROOT], needs: ["subids"] },
  { name: "--userns keep-id is who calls", flags: ["--userns", "keep-id:uid=5"], script: "tr -s ' ' </proc/self/uid_map | grep -c ' 5 [0-9]* 1$'", says: "1\n", callers: [USER] },
];

describe("teu run", () => flagTests(CASES));

/** Refuses chmod(2), in docker's form: with conditions that hold, and one that does not. */
const PROFILE = {
  defaultAction: "SCMP_ACT_ALLOW",
  archMap: [
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] },
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
  ],
  syscalls: [
    { names: ["chmod", "fchmodat", "fchmodat2"], action: "SCMP_ACT_ERRNO", errnoRet: 38, includes: { caps: ["CAP_CHOWN"] } },
    { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 38, includes: { caps: ["CAP_SYS_ADMIN"] } },
  ],
};

cliTests("--security-opt seccomp=FILE is a filter of one's own", async (cli) => {
  const profile = cli.roots.path("profile.json");
  writeFileSync(profile, JSON.stringify(PROFILE));
  const script = "mkdir /dev/shm/x && echo made; chmod 700 /dev/shm/x 2>&1; grep Seccomp: /proc/self/status";
  const { stdout } = await cli.teu([...cli.container("c", "--security-opt", `seccomp=${profile}`), "sh", "-c", script]);
  expect(stdout).toBe("made\nchmod: /dev/shm/x: Function not implemented\nSeccomp:\t2\n");
});

const REFUSED: readonly { readonly flags: readonly string[]; readonly says: RegExp; readonly only?: typeof ROOT }[] = [
  { flags: ["--device", "/dev/nothing-here"], says: /give the container device \/dev\/nothing-here: there is no such file/ },
  { flags: ["--device-read-bps", "/dev/null:1m"], says: /\/dev\/null: it is no block device/ },
  { flags: ["--device", "vendor.invalid/class=none"], says: /unresolvable CDI devices vendor.invalid\/class=none/ },
  { flags: ["--sysctl", "vm.swappiness=1"], says: /--sysctl: vm.swappiness is the whole host's/ },
  {
    flags: ["--network", "host", "--sysctl", "net.ipv4.ip_forward=1"],
    says: /net.ipv4.ip_forward is not allowed in the host's network namespace/,
  },
  { flags: ["--userns", "keep-id"], says: /root's containers have the host's ids already/, only: ROOT },
  { flags: ["--userns", "auto"], says: /run it as root/, only: USER },
  { flags: ["--device-cgroup-rule", "c 1:1 r"], says: /there is no device cgroup without root/, only: USER },
  { flags: ["--security-opt", "apparmor=strict"], says: /AppArmor is not enabled on this host|apparmor/ },
];

describe("what cannot be is refused before anything runs", () => {
  for (const { flags, says, only } of REFUSED) {
    const body = async (cli: Cli) => {
      const { status, stderr, stdout } = await cli.teu([...cli.container("c", ...flags), "echo", "ran"]);
      expect(stderr).toMatch(says);
      expect({ status, stdout }).toEqual({ status: 125, stdout: "" });
    };
    if (only === undefined) cliTests(flags.join(" "), body);
    else cliTest(only, flags.join(" "), body);
  }
});
