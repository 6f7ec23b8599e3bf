// The Debian packages that tests need, as one table, and what to do about those that are missing: root installs them and says so,
// anybody else is told which tests will be skipped. Everything is found by the program it brings, so a docker or a Go from elsewhere does.
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { PartName } from "./parts.ts";

interface DebianPackage {
  readonly name: string;
  /** A program or an absolute path; there when the package is not needed. */
  readonly brings: string;
  readonly why: string;
  readonly parts: readonly PartName[];
}

// biome-ignore format: table
export const PACKAGES: readonly DebianPackage[] = [
  { name: "gcc",             brings: "cc",                                   why: "compiles the launcher",                                       parts: ["containers", "unit", "launcher", "kernel", "images", "conformance", "peers"] },
  { name: "libc6-dev",       brings: "/usr/include/stdio.h",                 why: "compiles the launcher, statically",                           parts: ["containers", "unit", "launcher", "kernel", "images", "conformance", "peers"] },
  { name: "busybox-static",  brings: "busybox",                              why: "the small root file system of most tests",                    parts: ["containers", "images", "kernel", "peers"] },
  { name: "mmdebstrap",      brings: "mmdebstrap",                           why: "the Debian root file system",                                 parts: ["containers", "images", "kernel", "peers"] },
  { name: "uidmap",          brings: "newuidmap",                            why: "rootless tests with several ids",                             parts: ["containers", "images", "kernel", "peers"] },
  { name: "procps",          brings: "ps",                                   why: "ps in the Debian root file system's host checks",             parts: ["containers", "kernel"] },
  { name: "util-linux",      brings: "unshare",                              why: "a mount namespace of its own for a suite",                    parts: ["containers", "images", "kernel", "conformance", "peers"] },
  { name: "iproute2",        brings: "ip",                                   why: "network devices moved into containers",                       parts: ["kernel"] },
  { name: "slirp4netns",     brings: "slirp4netns",                          why: "the way out of networks without root",                        parts: ["kernel"] },
  { name: "passt",           brings: "pasta",                                why: "the way out of a container's own network without root",       parts: ["kernel"] },
  { name: "nftables",        brings: "nft",                                  why: "the host's firewall as its owner sees it",                    parts: ["kernel"] },
  { name: "iptables",        brings: "iptables",                             why: "an operator's rules of the older kind",                       parts: ["kernel"] },
  { name: "bind9-dnsutils",  brings: "dig",                                  why: "asks our name server as others do",                           parts: ["kernel"] },
  { name: "qemu-system-x86", brings: "qemu-system-x86_64",                   why: "the machine with cgroup v2, and the one with an old kernel",  parts: ["containers", "images", "kernel"] },
  { name: "e2fsprogs",       brings: "mke2fs",                               why: "those machines' disks",                                       parts: ["containers", "images", "kernel"] },
  { name: "criu",            brings: "criu",                                 why: "checkpoints, in that machine",                                parts: ["kernel"] },
  { name: "dbus-daemon",     brings: "dbus-daemon",                          why: "the systemd driver's other end",                              parts: ["kernel"] },
  { name: "python3-dbus",    brings: "/usr/lib/python3/dist-packages/dbus",  why: "the stand-in for systemd",                                    parts: ["kernel"] },
  { name: "python3-gi",      brings: "/usr/lib/python3/dist-packages/gi",    why: "the stand-in for systemd",                                    parts: ["kernel"] },
  { name: "golang-go",       brings: "go",                                   why: "builds the OCI runtime-tools validation suite",               parts: ["conformance"] },
  { name: "ca-certificates", brings: "/etc/ssl/certs/ca-certificates.crt",   why: "fetches that suite from the Go module proxy",                 parts: ["conformance"] },
  { name: "podman",          brings: "podman",                               why: "podman with teu as its runtime, and beside it",               parts: ["images", "peers"] },
  { name: "docker.io",       brings: "dockerd",                              why: "dockerd with teu as its runtime, and beside it",              parts: ["images", "peers"] },
  { name: "containerd",      brings: "ctr",                                  why: "containerd with teu as its runtime",                          parts: ["images", "peers"] },
  { name: "docker-registry", brings: "docker-registry",                      why: "the registry that images are pulled from",                    parts: ["containers", "images", "kernel", "peers"] },
  { name: "skopeo",          brings: "skopeo",                               why: "images that another program moves",                           parts: ["images", "kernel", "peers"] },
  { name: "runc",            brings: "runc",                                 why: "podman's containers beside teu's",                            parts: ["peers"] },
  { name: "umoci",           brings: "umoci",                                why: "images that another program unpacks",                         parts: ["images", "peers"] },
  { name: "apache2-utils",   brings: "htpasswd",                             why: "that registry's accounts",                                    parts: ["images", "peers"] },
  { name: "openssl",         brings: "openssl",                              why: "that registry's certificates",                                parts: ["containers", "images", "peers"] },
  { name: "python3",         brings: "python3",                              why: "trees that another program packs and looks at",               parts: ["containers", "images", "kernel", "peers"] },
  { name: "libarchive-tools",brings: "bsdtar",                               why: "tars that another program packs and unpacks",                 parts: ["images"] },
  { name: "zstd",            brings: "zstd",                                 why: "layers that another program packs",                           parts: ["images"] },
  { name: "acl",             brings: "setfacl",                              why: "access control lists in layers",                              parts: ["containers", "images", "peers"] },
  { name: "attr",            brings: "setfattr",                             why: "extended attributes in layers",                               parts: ["containers", "images", "peers"] },
  { name: "libcap2-bin",     brings: "setcap",                               why: "capabilities of files in layers",                             parts: ["containers", "images", "peers"] },
  { name: "strace",          brings: "strace",                               why: "commands killed at their n-th system call; what ip and nft send", parts: ["containers", "images", "kernel"] },
  { name: "bindfs",          brings: "bindfs",                               why: "a file system that overlayfs cannot write to",                parts: ["images"] },
  { name: "containernetworking-plugins", brings: "/usr/lib/cni/bridge", why: "chains of CNI plugins", parts: ["kernel"] },
];

const FOLDERS = (process.env.PATH ?? "").split(":").concat("/usr/sbin", "/sbin");

/** Absolute path of a program in PATH or one of the sbin folders, which an ordinary user's PATH may lack. */
export function findProgram(name: string): string | undefined {
  const candidates = name.startsWith("/") ? [name] : FOLDERS.map((folder) => join(folder, name));
  return candidates.find((path) => {
    try {
      accessSync(path, name.startsWith("/") ? constants.R_OK : constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Packages that one of these parts needs and this machine lacks. */
export function missingPackages(parts: readonly PartName[]): readonly DebianPackage[] {
  return PACKAGES.filter((one) => one.parts.some((part) => parts.includes(part)) && findProgram(one.brings) === undefined);
}

function apt(args: readonly string[]): boolean {
  // RUNLEVEL=1 keeps package scripts from starting the daemons that they bring (invoke-rc.d(8)).
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  return Bun.spawnSync(["apt-get", "-qq", ...args], { env, stdout: "inherit", stderr: "inherit" }).exitCode === 0;
}

/** Tests download packages too (a kernel for the cgroup v2 machine), for which apt needs its lists; a fresh image often has none. */
function refreshLists(): void {
  const lists = new Bun.Glob("*_Packages*").scanSync({ cwd: "/var/lib/apt/lists" });
  if ([...lists].length > 0) return;
  console.log("fetching apt's package lists, which this machine lacks");
  apt(["update"]);
}

/** Installs what is missing where it can; says what it does, and what will be skipped where it cannot. */
export function installPackages(parts: readonly PartName[]): void {
  const missing = missingPackages(parts);
  const root = process.getuid?.() === 0 && findProgram("apt-get") !== undefined;
  if (root && (parts.includes("kernel") || parts.includes("images"))) refreshLists();
  if (missing.length === 0) return;
  console.log(root ? "installing Debian packages that the tests need:" : "these Debian packages are missing, so tests will be skipped:");
  for (const one of missing) console.log(`  ${one.name.padEnd(16)} ${one.why}`);
  if (!root) return;
  const names = missing.map((one) => one.name);
  const install = ["install", "--yes", "--no-install-recommends", ...names];
  if (!apt(install) && !(apt(["update"]) && apt(install)))
    console.log(`apt-get could not install ${names.join(", ")}: tests will be skipped`);
}
