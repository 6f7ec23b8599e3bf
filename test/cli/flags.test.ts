// Each flag of `teu run` by what it does inside of the container.
import { describe, expect } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { type Cli, cliTest, cliTests, ROOT } from "./callers.ts";
import { type FlagCase, flagTests } from "./flag-cases.ts";

const CAPABILITIES = "grep -E 'Cap(Eff|Bnd)' /proc/self/status | cut -f2";
const V1_ROOT = { callers: [ROOT], needs: ["v1"] } as const;

// biome-ignore format: table
const CASES: readonly FlagCase[] = [
  { name: "-e sets a variable, the last one wins",  flags: ["-e", "A=1", "-e", "A=2 3", "--env=B="], script: 'echo "$A|$B|"; env | grep -c "^B=$"', says: "2 3||\n1\n" },
  { name: "-e changes PATH, by which the program is found", flags: ["-e", "PATH=/bin:/x"], script: "echo $PATH", says: "/bin:/x\n" },
  { name: "-w is the working directory",             flags: ["-w", "/usr/bin"], script: "pwd", says: "/usr/bin\n" },
  { name: "-u is user and group, without capabilities", flags: ["-u", "1000:2000"], script: `id -u; id -g; ${CAPABILITIES} | head -n 1; echo $HOME`, says: /^(0{16}\n)?1000\n2000\n(0{16}\n)?\/\n$/ },
  { name: "-h is the host name, and in the environment", flags: ["-h", "barge"], script: "hostname; echo $HOSTNAME", says: "barge\nbarge\n" },
  { name: "--read-only lets nothing be written",     flags: ["--read-only"], script: "touch /tmp/x 2>&1; touch /dev/shm/x && echo shm", says: "touch: /tmp/x: Read-only file system\nshm\n" },
  { name: "-m limits memory",                        flags: ["-m", "64m"], script: "cat /sys/fs/cgroup/memory/memory.limit_in_bytes", says: "67108864\n", ...V1_ROOT },
  { name: "--cpus limits processor time",            flags: ["--cpus", "1.5"], script: "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us", says: "150000\n100000\n", ...V1_ROOT },
  { name: "--cpuset-cpus names the processors",      flags: ["--cpuset-cpus", "0"], script: "grep Cpus_allowed_list /proc/self/status | cut -f2", says: "0\n", ...V1_ROOT },
  { name: "--pids-limit stops a flood",              flags: ["--pids-limit", "3"], script: "cat /sys/fs/cgroup/pids/pids.max; (sleep 1 & sleep 1 & sleep 1 & sleep 1) 2>&1 | grep -c fork", says: "3\n1\n", ...V1_ROOT },
  { name: "0 is no limit",                           flags: ["-m", "0", "--cpus", "0", "--pids-limit", "0"], script: "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us", says: "max\n-1\n", ...V1_ROOT },
  { name: "without limits nothing is limited",       flags: [], script: "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/cpu/cpu.cfs_quota_us", says: "max\n-1\n", ...V1_ROOT },
  { name: "the default capabilities are docker's fourteen", flags: [], script: CAPABILITIES, says: "00000000a80425fb\n00000000a80425fb\n" },
  { name: "--cap-drop takes one away",               flags: ["--cap-drop", "chown"], script: CAPABILITIES, says: "00000000a80425fa\n00000000a80425fa\n" },
  { name: "--cap-drop ALL leaves what --cap-add names", flags: ["--cap-drop", "ALL", "--cap-add", "CAP_NET_RAW"], script: CAPABILITIES, says: "0000000000002000\n0000000000002000\n" },
  { name: "--cap-add gives one",                     flags: ["--cap-add", "sys_admin"], script: CAPABILITIES, says: "00000000a82425fb\n00000000a82425fb\n" },
  { name: "--privileged gives what the caller has, without a filter and without a word", flags: ["--privileged"], script: `${CAPABILITIES} | tail -n 1 | grep -cE '^000001ff[f7]effffff$|^000001f{10}$'; grep Seccomp: /proc/self/status`, says: "1\nSeccomp:\t0\n" },
  { name: "the default is a seccomp filter",         flags: [], script: "grep Seccomp: /proc/self/status", says: "Seccomp:\t2\n" },
  { name: "--security-opt seccomp=unconfined is none", flags: ["--security-opt", "seccomp=unconfined"], script: "grep Seccomp: /proc/self/status", says: "Seccomp:\t0\n" },
  { name: "--network none has a loopback interface that is up, alone", flags: ["--network", "none"], script: "ip -o link | grep -c .; ping -c 1 127.0.0.1 | grep -c 'bytes from'", says: "1\n1\n" },
  { name: "--network host has the host's",           flags: ["--network", "host"], script: "readlink /proc/self/ns/net", says: /^net:\[\d+\]\n$/ },
  { name: "--ulimit sets a soft and a hard limit",   flags: ["--ulimit", "nofile=512:1024", "--ulimit", "core=0"], script: "ulimit -Sn; ulimit -Hn; ulimit -Hc", says: "512\n1024\n0\n" },
  { name: "--ulimit takes -1 for no limit",          flags: ["--ulimit", "fsize=-1"], script: "ulimit -Hf", says: "unlimited\n" },
];

describe("teu run", () => flagTests(CASES));

cliTest(ROOT, "--network host is the network namespace of the caller, and none is not", async (cli) => {
  const show = async (mode: string) => (await cli.teu([...cli.container("c", "--network", mode), "readlink", "/proc/self/ns/net"])).stdout;
  const own = await Bun.$`readlink /proc/self/ns/net`.text();
  expect(await show("host")).toBe(own);
  expect(await show("none")).not.toBe(own);
});

cliTests("without a name the host name is the short id", async (cli) => {
  const { stdout } = await cli.teu(["run", "--rm", "--rootfs", cli.rootfs, "hostname"]);
  expect(stdout).toMatch(/^[0-9a-f]{12}\n$/);
});

const inFolder = (cli: Cli): string => {
  const folder = cli.roots.path("folder");
  mkdirSync(folder);
  writeFileSync(`${folder}/file`, "from outside\n");
  return folder;
};

cliTest(ROOT, "-v shows a directory of the host, which can be written to", async (cli) => {
  const folder = inFolder(cli);
  const script = "cat /mnt/file; echo from inside >/mnt/file";
  const { stdout, stderr } = await cli.teu([...cli.container("c", "-v", `${folder}:/mnt`), "sh", "-c", script]);
  expect({ stdout, stderr }).toEqual({ stdout: "from outside\n", stderr: "" });
  expect(await Bun.file(`${folder}/file`).text()).toBe("from inside\n");
});

cliTests("-v with :ro cannot be written to, and a relative source is meant from where teu is called", async (cli) => {
  inFolder(cli);
  const argv = [...cli.container("c", "-v", "./folder:/mnt:ro"), "sh", "-c", "cat /mnt/file; touch /mnt/file 2>&1"];
  const { stdout } = await cli.teu(argv, { cwd: cli.roots.directory });
  expect(stdout).toBe("from outside\ntouch: /mnt/file: Read-only file system\n");
});

cliTests("a limit above the host's is given as far as it goes, with a warning", async (cli) => {
  // Without CAP_SYS_RESOURCE in the first user namespace the hard limit is the most that there is.
  const script = "ulimit -Hn; grep CapBnd /proc/self/status";
  const { stdout, stderr } = await cli.teu([...cli.container("c", "--ulimit", "nofile=1048576:1048576"), "sh", "-c", script]);
  const limit = Number(stdout.split("\n")[0]);
  if (limit === 1_048_576) expect(stderr).toBe("");
  else expect(stderr).toBe(`teu: warning: --ulimit nofile: 1048576 is above this host's hard limit, ${limit}, which is used\n`);
});

cliTest(ROOT, "a capability that is asked for by name and cannot be had is warned of, and only that", async (cli) => {
  const { stdout, stderr } = await cli.teu([
    ...cli.container("c", "--cap-add", "SYS_RESOURCE"),
    "sh",
    "-c",
    "grep CapEff /proc/self/status",
  ]);
  const given = (BigInt(`0x${stdout.trim().split("\t")[1]}`) & (1n << 24n)) !== 0n;
  expect(stderr).toMatch(given ? /^$/ : /^teu: warning: [^\n]*CAP_SYS_RESOURCE cannot be granted[^\n]*\n$/);
});
