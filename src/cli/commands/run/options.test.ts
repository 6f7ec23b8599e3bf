import { describe, expect, test } from "bun:test";
import { parseWords } from "../../parse-words.ts";
import { documentParts } from "./document.ts";
import { RUN_FLAGS, type RunFlagValues } from "./flags.ts";
import { readRunFlags } from "./options.ts";

/** The flags of a command line, as `run` gets them. */
function flagsOf(line: string): RunFlagValues {
  const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
  return parseWords({ name: "run", flags: RUN_FLAGS }, words).values as RunFlagValues; // declared by RUN_FLAGS
}

const read = (line: string) => readRunFlags(flagsOf(line), { env: {} });
/** An attachment of a network that nobody has looked up yet. */
const attached = (name: string, more: object = {}) => ({ network: "", name, aliases: [], links: [], priority: 0, options: {}, ...more });
const CALLER = { uid: 1000, gid: 1001 };

// biome-ignore format: table
const CONTAINER: readonly (readonly [line: string, found: object])[] = [
  ["--domainname a.b --hostname h",                       { domainname: "a.b", hostname: "h" }],
  ["--umask 027",                                         { umask: 0o27 }],
  ["--privileged",                                        { privileged: true, capAdd: ["ALL"] }],
  ["--pid host --ipc none --uts host --cgroupns host",    { pid: "host", ipc: "none", uts: "host", cgroupns: "host" }],
  ["--pid container:a --ipc container:b",                 { pid: { container: "a" }, ipc: { container: "b" } }],
  ["--userns keep-id:uid=1,gid=2",                        { userns: { kind: "keep-id", uid: 1, gid: 2 } }],
  ["--userns auto:size=10",                               { userns: { kind: "auto", size: 10 } }],
  ["--userns remap:x",                                    { userns: { kind: "remap", user: "x" } }],
  ["--userns host",                                       { userns: { kind: "host" } }],
  ["--security-opt no-new-privileges",                    { noNewPrivileges: true }],
  ["--security-opt no-new-privileges:false",              { noNewPrivileges: false }],
  ["--security-opt apparmor=p --security-opt label=type:t --security-opt label=level:s0", { apparmor: "p", selinux: { type: "t", level: "s0" } }],
  ["--security-opt mask=/a:/b --security-opt unmask=/c",  { mask: ["/a", "/b"], unmask: ["/c"] }],
  ["--security-opt systempaths=unconfined",               { unmask: ["ALL"] }],
  ["--read-only --read-only-tmpfs",                       { readonlyTmpfs: true }],
  ["--device /dev/a --device /dev/b:/dev/c --device /dev/d:r --device /dev/e:/dev/f:rw", { devices: [
    { source: "/dev/a", destination: "/dev/a", access: "rwm" }, { source: "/dev/b", destination: "/dev/c", access: "rwm" },
    { source: "/dev/d", destination: "/dev/d", access: "r" }, { source: "/dev/e", destination: "/dev/f", access: "rw" }] }],
  ['--device-cgroup-rule "c 42:* rwm"',                   { deviceRules: [{ allow: true, type: "c", major: 42, minor: -1, access: "rwm" }] }],
  ["--device v.com/c=x --gpus all",                       { cdiDevices: ["v.com/c=x", "nvidia.com/gpu=all"] }],
  ["--gpus 2",                                            { cdiDevices: ["nvidia.com/gpu=0", "nvidia.com/gpu=1"] }],
  ["--gpus device=0,capabilities=utility",                { cdiDevices: ["nvidia.com/gpu=0"] }],
  ["--sysctl net.a=1 --shm-size 1m --oom-score-adj -5",   { sysctl: { "net.a": "1" }, shmSize: 1_048_576, oomScoreAdj: -5 }],
  ["--cgroup-parent /x --shm-size 0",                     { cgroupParent: "/x" }],
  ["--ulimit nofile=1:2 --ulimit core=-1",                { rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 2 }, { type: "RLIMIT_CORE", soft: -1, hard: -1 }] }],
  ["--device-read-bps /dev/a:1k --blkio-weight-device /dev/b:20", { blockDevices: [
    { path: "/dev/b", kind: "weightDevice", value: 20 }, { path: "/dev/a", kind: "throttleReadBpsDevice", value: 1024 }] }],
  ["-m 64m --memory-swap -1 --memory-reservation 32m --memory-swappiness 0 --oom-kill-disable",
    { resources: { memory: { limit: 67_108_864, reservation: 33_554_432, swap: -1, swappiness: 0, disableOOMKiller: true } } }],
  ["-c 512 --cpu-period 50000 --cpu-quota -1 --cpuset-mems 0 --cpu-rt-period 1000 --cpu-rt-runtime 500",
    { resources: { cpu: { shares: 512, period: 50_000, quota: -1, realtimePeriod: 1000, realtimeRuntime: 500, mems: "0" } } }],
  ["--blkio-weight 0 --pids-limit -1 --cpu-shares 0 --memory-swappiness -1", { resources: { pids: { limit: -1 } } }],
];

describe("flags of the container", () => {
  for (const [line, found] of CONTAINER) test(line, () => expect(read(line).container).toMatchObject(found));

  test("none say nothing", () => {
    expect(read("").container).toEqual({ terminal: false, resources: {}, rlimits: [], capAdd: [], capDrop: [] });
    expect(read("")).toMatchObject({ seccomp: "default", stdio: { open: false, attach: ["stdout", "stderr"] }, namesContainers: false });
  });

  test("the filter is that of the flags, and none with privileges", () => {
    const filters = ["--privileged", "--privileged --security-opt seccomp=builtin", "--security-opt seccomp:unconfined"];
    expect(filters.map((line) => read(line).seccomp)).toEqual(["unconfined", "default", "unconfined"]);
  });
});

// biome-ignore format: table
const REST: readonly (readonly [line: string, found: object])[] = [
  ["-i",                                       { stdio: { open: true, attach: ["stdin", "stdout", "stderr"] } }],
  ["-d -i",                                    { stdio: { open: true, attach: [] } }],
  ["-a STDERR -a stdin --detach-keys ctrl-a",  { stdio: { open: false, attach: ["stderr", "stdin"], detachKeys: "ctrl-a" } }],
  ["--network host",                           { network: { mode: { kind: "host" } } }],
  ["--network container:x",                    { network: { mode: { kind: "container", id: "x" } }, namesContainers: true }],
  ["--network ns:/run/netns/x",                { network: { mode: { kind: "namespace", path: "/run/netns/x" } } }],
  ["--network private",                        { network: { mode: { kind: "private", options: [] } } }],
  ["--network pasta:-T,5201",                  { network: { mode: { kind: "private", by: "pasta", options: ["-T", "5201"] } } }],
  ["--network slirp4netns",                    { network: { mode: { kind: "private", by: "slirp4netns", options: [] } } }],
  ["",                                         { network: { mode: { kind: "networks", attachments: [attached("bridge")] } } }],
  ["--network default",                        { network: { mode: { kind: "networks", attachments: [attached("bridge")] } } }],
  ["--network a,b --network c",                { network: { mode: { kind: "networks", attachments: [attached("a"), attached("b"), attached("c")] } } }],
  ["--network name=web,ip=10.1.2.3,ip6=FD00:0::1,alias=x,alias=y,mac-address=02-42-00-00-00-0A,gw-priority=7,driver-opt=k=v", { network: { mode: { attachments: [
    attached("web", { ipv4: "10.1.2.3", ipv6: "fd00::1", aliases: ["x", "y"], mac: "02:42:00:00:00:0a", priority: 7, options: { k: "v" } })] } } }],
  ["--network web:ip=10.1.2.3,mac=02:42:00:00:00:0a,interface_name=lan0", { network: { mode: { attachments: [
    attached("web", { ipv4: "10.1.2.3", mac: "02:42:00:00:00:0a", interface: "lan0" })] } } }],
  ["--network name=web,driver-opt=com.docker.network.endpoint.ifname=lan1", { network: { mode: { attachments: [
    { name: "web", interface: "lan1" }] } } }],
  ["--network a --network b --ip 10.0.0.9 --net-alias x --link db --link /c:d --network-rate in=1m,out=8mbit", { network: { mode: { attachments: [
    attached("a", { ipv4: "10.0.0.9", aliases: ["x"], links: [{ container: "db", alias: "db" }, { container: "c", alias: "d" }], rate: { in: 1_048_576, out: 1_000_000 } }),
    attached("b", { rate: { in: 1_048_576, out: 1_000_000 } })] } }, namesContainers: true }],
  ["-p 8080:80 -p 127.0.0.1::53/udp -P -p 8080:80", { network: { publishAll: true, ports: [
    { port: 8080, target: 80, protocol: "tcp" }, { address: "127.0.0.1", target: 53, protocol: "udp" }] } }],
  ["--add-host a:host-gateway",                { network: { extraHosts: ["a:host-gateway"] } }],
  ["--dns 1.1.1.1 --dns ::1 --dns-search a --dns-option b", { network: { dns: ["1.1.1.1", "::1"], dnsSearch: ["a"], dnsOptions: ["b"] } }],
  ["--add-host a:1.2.3.4 --add-host b=[::1]",  { network: { extraHosts: ["a:1.2.3.4", "b:::1"] } }],
  ["--expose 80 --expose 90-91/UDP",           { network: { exposed: ["80/tcp", "90/udp", "91/udp"] } }],
  ["--restart on-failure:3 --init --timeout 5 --stop-timeout -1 --stop-signal INT",
    { life: { remove: false, restart: { name: "on-failure", retries: 3 }, init: true, timeout: 5, stopTimeout: -1, stopSignal: "INT" } }],
  ["--rm --restart no",                        { life: { remove: true, restart: { name: "no", retries: 0 } } }],
  ["--health-cmd \"a b\" --health-interval 1s --health-retries 2", { health: { Test: ["CMD-SHELL", "a b"], Interval: 1e9, Retries: 2 } }],
  ["--no-healthcheck",                         { health: { Test: ["NONE"] } }],
  ["--log-driver local --log-opt max-size=1k --log-opt max-file=5 --log-opt compress=false",
    { log: { driver: "local", maxSize: 1024, maxFiles: 5, compress: false } }],
  ["--log-opt max-size=-1 --log-opt tag=x",    { log: { driver: "json-file", maxSize: 0, options: { "max-size": "-1", tag: "x" } } }],
];

describe("flags of its surroundings", () => {
  for (const [line, found] of REST) test(line, () => expect(read(line)).toMatchObject(found));
});

// biome-ignore format: table
const REFUSED: readonly (readonly [line: string, says: string])[] = [
  ["-p 80:80:x:y",                             "--publish: publish"],
  ["-p x",                                     "invalid container port x"],
  ["--network host --network none",            "cannot attach both user-defined and non-user-defined network-modes"],
  ["--network host --network web",             "cannot attach both user-defined and non-user-defined network-modes"],
  ["--network web --network name=web",         "network \"web\" is specified multiple times"],
  ["--network ip=1.2.3.4",                     "network name/id is not specified"],
  ["--network web:ip=fd00::1",                 "invalid IPv4 address: fd00::1"],
  ["--network web:mac=01:00:00:00:00:01",      "is the address of a group of interfaces"],
  ["--network web:mac=1",                      "1 is not a valid mac address"],
  ["--network name=web,colour=red",            "invalid field key colour"],
  ["--network name=web,gw-priority=x",         "invalid gw-priority"],
  ["--network name=web,link-local-ip=1.1.1.1", "link-local-ip: adds an address"],
  ["--network web:interface_name=lo",          "is no name of an interface"],
  ["--network web:interface_name=lan%d",       "is no name of an interface"],
  ["--network web:alias=a/b",                  "\"a/b\" is not a name of a host"],
  ["--network container:",                     "names the container whose network it shares"],
  ["--network ns:x",                           "x is not the absolute path of a network namespace"],
  ["--network none --ip 1.2.3.4",              "--ip: user specified IP address is supported on user defined networks only"],
  ["--network host --network-alias a",         "network-scoped aliases are only supported for user-defined networks"],
  ["--network host --link a",                  "links are only supported for user-defined networks"],
  ["--network web:ip=1.2.3.4 --ip 1.2.3.5",    "cannot specify both --ip and per-network IPv4 address"],
  ["--network web:alias=a --network-alias b",  "cannot specify both --network-alias and per-network alias"],
  ["--ip x --mac-address x --link a:b:c",      "--ip: invalid IPv4 address: x"],
  ["--network-rate up=1m",                     "\"up=1m\" is not in=SIZE or out=SIZE"],
  ["--network container:x -p 80",              "conflicting options: port publishing and the container type network mode"],
  ["--link-local-ip 169.254.1.1",              "--link-local-ip: adds an address"],
  ["--kernel-memory 1g",                       "--kernel-memory"],
  ["--storage-opt size=1g",                    "--storage-opt"],
  ["--pod x",                                  "--pod: takes pods"],
  ["--rootfs / --pull never",                  "--pull: is about an image"],
  ["--runtime runc",                           "--runtime: runc is not teu"],
  ["--uts host --hostname x",                  "conflicting options: hostname and the UTS mode"],
  ["--network container:x --hostname h",       "conflicting options: hostname and the network mode"],
  ["--network container:x --add-host a:1.1.1.1", "conflicting options: custom host-to-IP mapping and the network mode"],
  ["-d -a stdout",                             "conflicting options: cannot specify both --attach and --detach"],
  ["--rm --restart always",                    "conflicting options: cannot specify both --restart and --rm"],
  ["--restart always:3",                       "maximum retry count cannot be used with restart policy 'always'"],
  ["--restart sometimes",                      "invalid restart policy: sometimes is none of"],
  ["--no-healthcheck --health-cmd x",          "--no-healthcheck: conflicts with --health-* options"],
  ["--log-driver syslog",                      "--log-driver: syslog is none of"],
  ["--log-opt mode=non-blocking",              "output is never dropped"],
  ["--log-opt labels-regex=(",                 "labels-regex=( is no regular expression"],
  ["--log-opt x=y",                            "unknown log opt 'x'"],
  ["--log-driver none --log-opt max-size=1m",  "unknown log opt 'max-size' for none log driver"],
  ["--cpus 1 --cpu-quota 5000",                "--cpus: conflicting options"],
  ["--cpu-period 10",                          "--cpu-period: \"10\" is not a whole number from 1000 to 1000000"],
  ["--memory-swap 1g",                         "--memory-swap: goes with --memory"],
  ["-m 1g --memory-swap 512m",                 "--memory-swap: 512m is less than the memory limit"],
  ["-m 32m --memory-reservation 64m",          "--memory-reservation: 64m is more than the memory limit"],
  ["-m 1m",                                    "--memory: 1m is less than a container needs, 6m"],
  ["--blkio-weight 5",                         "--blkio-weight"],
  ["--device-read-bps x:1m",                   "--device-read-bps"],
  ["--device x",                               "--device: \"x\" is not SRC"],
  ['--device-cgroup-rule "x 1:1 r"',           "--device-cgroup-rule"],
  ["--gpus some",                              "--gpus"],
  ["--sysctl vm.swappiness=1",                 "--sysctl: vm.swappiness is the whole host's"],
  ["--sysctl kernel.hostname=x",               "is what --hostname sets"],
  ["--userns keep-id:x=1",                     "--userns: \"x=1\" is not uid=N or gid=N"],
  ["--pid other",                              "--pid: \"other\" is none of"],
  ["--security-opt what=x",                    "--security-opt: \"what=x\" is none of"],
  ["--security-opt seccomp=/nowhere",          "seccomp=/nowhere cannot be read"],
  ["--privileged --cap-drop ALL",              "--privileged"],
  ["--read-only-tmpfs",                        "--read-only-tmpfs: goes with --read-only"],
  ["-p 1-65535:1-65535 -p 1-65535:1-65535/udp", "--publish: 131070 ports are too many: a container can have 4000 at most"],
  ["--dns x",                                  "--dns: x is not an IP address"],
  ["--dns-search \"a\nnameserver 6.6.6.6\"", "--dns-search: \"a\\nnameserver 6.6.6.6\" is no word of resolv.conf"],
  ["--dns-option \"a b\"",                     "--dns-option: \"a b\" is no word of resolv.conf"],
  ["--add-host a:gateway",                     "is not NAME:ADDRESS with an IP address"],
  ["--expose 0",                               "--expose"],
  ["--umask 9",                                "--umask"],
  ["--stop-signal NO",                         "--stop-signal"],
];

describe("a command line is refused", () => {
  for (const [line, says] of REFUSED) test(line, () => expect(() => read(line)).toThrow(says));

  test("with all that is wrong with it", () => {
    expect(() => read("--umask 9 --dns x --pid y")).toThrow(/--umask: .*; --pid: .*; --dns: /);
  });
});

describe("flags and image together", () => {
  const parts = (line: string, image: object, ...args: readonly string[]) => {
    const flags = flagsOf(line);
    return documentParts(readRunFlags(flags, { env: {} }), flags, { image, args, caller: CALLER });
  };

  test("the flags' words win", () => {
    const image = { Cmd: ["a"], User: "u", StopSignal: "INT", StopTimeout: 3, ExposedPorts: { "80/tcp": {} }, Labels: { a: "1", b: "2" } };
    const made = parts("-u v --label a=3 --expose 81 -p 90:82/udp --stop-timeout 4", image, "x", "y");
    expect(made.options.args).toEqual(["x", "y"]);
    expect(made.user.user).toBe("v");
    expect(made.life).toMatchObject({ stopSignal: "INT", stopTimeout: 4 });
    expect(made.network.exposed).toEqual(["80/tcp", "81/tcp", "82/udp"]);
    expect(made.labels).toEqual({ a: "3", b: "2" });
  });

  test("health is the image's with what the flags change", () => {
    const image = { Cmd: ["a"], Healthcheck: { Test: ["CMD", "check"], Interval: 5, Retries: 1 } };
    expect(parts("--health-retries 4", image).life.health).toEqual({ Test: ["CMD", "check"], Interval: 5, Retries: 4 });
    expect(() => parts("--health-retries 4", { Cmd: ["a"] })).toThrow("--health-cmd: is missing, and the image has no check either");
  });

  test("systemd as the program has its signal and what it is told", () => {
    for (const [line, program, is] of [
      ["", "/sbin/init", true],
      ["", "/lib/systemd/systemd", true],
      ["", "init", false],
      ["--systemd always", "sh", true],
      ["--systemd false", "/sbin/init", false],
    ] as const) {
      const made = parts(line, {}, program);
      expect([made.options.systemd === true, made.life.stopSignal, made.options.env]).toEqual(
        is ? [true, "SIGRTMIN+3", ["container=oci"]] : [false, undefined, []],
      );
    }
  });

  test("who keeps its ids is who it runs as, unless it is said", () => {
    expect(parts("--userns keep-id", { Cmd: ["a"], User: "u" }).user.user).toBe("1000:1001");
    expect(parts("--userns keep-id:uid=5 -u 7", { Cmd: ["a"] }).user.user).toBe("7");
  });

  test("a document is JSON, whatever its limits", () => {
    const made = parts("--ulimit fsize=-1 --ulimit core=9223372036854775807", { Cmd: ["a"] });
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  });
});
