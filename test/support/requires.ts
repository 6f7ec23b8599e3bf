// What a test needs of the machine. A test that lacks something is skipped, loudly and with the reason; a name that is not in the
// table is a mistake in the test and throws. tools/testing/must-run.ts lists the tests that CI does not allow to be skipped.
import { describe, test } from "bun:test";
import { accessSync, constants, readFileSync } from "node:fs";
import { findProgram } from "../../tools/testing/packages.ts";
import { TESTER } from "../../tools/testing/tester.ts";

/** Says why a requirement is not met, or undefined when it is. */
type Probe = () => string | undefined;

function contents(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const program =
  (name: string, from = name): Probe =>
  () =>
    findProgram(name) === undefined ? `${name} is not installed (Debian package ${from})` : undefined;

const device =
  (path: string): Probe =>
  () => {
    try {
      accessSync(path, constants.R_OK | constants.W_OK);
      return undefined;
    } catch {
      return `${path} cannot be opened`;
    }
  };

const mountOf = (type: string) =>
  contents("/proc/self/mountinfo")
    .split("\n")
    .filter((line) => line.includes(` - ${type} `));
const isRoot = () => process.getuid?.() === 0;
/** Built in, loaded, or a module that the first mount loads. */
const kernelFileSystem =
  (name: string): Probe =>
  () =>
    contents("/proc/filesystems")
      .split("\n")
      .some((line) => line.endsWith(`\t${name}`)) ||
    contents(`/lib/modules/${contents("/proc/sys/kernel/osrelease").trim()}/modules.dep`).includes(`/${name}.ko`)
      ? undefined
      : `the kernel lacks ${name}`;

export const REQUIREMENTS = {
  root: () => (isRoot() ? undefined : "it is not run by root"),
  v1: () => (mountOf("cgroup").length > 0 ? undefined : "no cgroup v1 hierarchy is mounted"),
  v2: () => (mountOf("cgroup").length === 0 && mountOf("cgroup2").length > 0 ? undefined : "cgroup v2 is not the only hierarchy"),
  hybrid: () => (mountOf("cgroup").length > 0 && mountOf("cgroup2").length > 0 ? undefined : "the cgroup setup is not hybrid"),
  userns: () => {
    if (Number(contents("/proc/sys/user/max_user_namespaces")) === 0) return "user namespaces are off";
    const debian = contents("/proc/sys/kernel/unprivileged_userns_clone").trim();
    return debian === "0" ? "kernel.unprivileged_userns_clone is 0" : undefined;
  },
  tester: () =>
    !isRoot() || contents("/etc/passwd").includes(`\n${TESTER}:`) ? undefined : `there is no user ${TESTER}; npm test makes it`,
  subids: () => {
    const user = isRoot() ? TESTER : (process.env.USER ?? "");
    return new RegExp(`^(${user}|${process.getuid?.()}):`, "m").test(contents("/etc/subuid"))
      ? undefined
      : `${user} has no subordinate ids`;
  },
  overlay: kernelFileSystem("overlay"),
  fuse: device("/dev/fuse"),
  tun: device("/dev/net/tun"),
  kvm: device("/dev/kvm"),
  qemu: program("qemu-system-x86_64", "qemu-system-x86"),
  apparmor: () => (contents("/sys/module/apparmor/parameters/enabled").startsWith("Y") ? undefined : "AppArmor is off"),
  selinux: () => (mountOf("selinuxfs").length > 0 ? undefined : "SELinux is off"),
  systemd: () => (contents("/proc/1/comm").trim() === "systemd" ? undefined : "process 1 is not systemd"),
  busybox: program("busybox", "busybox-static"),
  mmdebstrap: program("mmdebstrap"),
  newuidmap: program("newuidmap", "uidmap"),
  python3: program("python3"),
  go: program("go", "golang-go"),
  cc: program("cc", "gcc"),
  runc: program("runc"),
  crun: program("crun"),
  criu: program("criu"),
  podman: program("podman"),
  dockerd: program("dockerd", "docker.io"),
  docker: program("docker", "docker.io"),
  containerd: program("containerd"),
  ctr: program("ctr", "containerd"),
  registry: program("docker-registry"),
  skopeo: program("skopeo"),
  umoci: program("umoci"),
  bsdtar: program("bsdtar", "libarchive-tools"),
  zstd: program("zstd"),
  setfacl: program("setfacl", "acl"),
  setfattr: program("setfattr", "attr"),
  setcap: program("setcap", "libcap2-bin"),
  strace: program("strace"),
  bindfs: program("bindfs"),
  htpasswd: program("htpasswd", "apache2-utils"),
  openssl: program("openssl"),
  ip: program("ip", "iproute2"),
  nft: program("nft", "nftables"),
  nsenter: program("nsenter", "util-linux"),
  iptables: program("iptables"),
  cni: program("/usr/lib/cni/bridge", "containernetworking-plugins"),
  slirp4netns: program("slirp4netns"),
  pasta: program("pasta", "passt"),
  dig: program("dig", "bind9-dnsutils"),
} satisfies Readonly<Record<string, Probe>>;

export type Requirement = keyof typeof REQUIREMENTS;

/** The test functions to use, and why they skip when they do. */
export interface Required {
  readonly test: typeof test;
  readonly describe: typeof describe;
  readonly missing: readonly string[];
}

const isRequirement = (name: string): name is Requirement => Object.hasOwn(REQUIREMENTS, name);

/**
 * `test` and `describe` for tests that need all of `names`: bun's own where the machine has them, otherwise ones that skip.
 * @throws Error at an unknown name.
 */
export function requires(...names: readonly string[]): Required {
  const missing = names.flatMap((name) => {
    if (!isRequirement(name)) throw new Error(`unknown requirement ${name}; known: ${Object.keys(REQUIREMENTS).join(", ")}`);
    return REQUIREMENTS[name]() ?? [];
  });
  if (missing.length === 0) return { test, describe, missing };
  console.warn(`SKIPPED tests that need ${names.join(", ")}: ${missing.join("; ")}`);
  // bun types the skipping forms without their own modifiers; the call itself is the same.
  return { test: test.skipIf(true), describe: describe.skipIf(true), missing };
}
