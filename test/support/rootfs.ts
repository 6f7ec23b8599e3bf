// Root file systems for tests, made once for the machine and shared: read-only by agreement, so a container that writes takes a copy
// (`copyRootfs`) or an overlay. Made aside under a lock and renamed, so that a test never sees half of one.
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { findProgram } from "../../tools/testing/packages.ts";
import { runOk } from "./run.ts";

/** Where fetched and made things stay between runs: readable by every user when made by root. */
export function cacheDirectory(): string {
  const directory =
    process.getuid?.() === 0 ? "/var/cache/teu-test" : join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "teu-test");
  mkdirSync(directory, { recursive: true });
  return directory;
}

/**
 * The directory `name` of the cache, made by `script` (sh, with the directory to fill as $1) when it is not there.
 * @throws Error with the script's output.
 */
export async function cached(name: string, script: string, args: readonly string[] = []): Promise<string> {
  const path = join(cacheDirectory(), name);
  if (existsSync(path)) return path;
  const guarded = `exec 9>"$1.lock"; flock 9; [ ! -e "$1" ] || exit 0; into="$1"; shift
    rm -rf "$into.new"; mkdir "$into.new"; chmod 755 "$into.new"; set -- "$into.new" "$@"
    ${script}
    mv "$into.new" "$into"`;
  await runOk(["sh", "-euc", guarded, "sh", path, ...args], { timeoutMs: 600_000 });
  return path;
}

/** Busybox with a link for each applet, and the directories that a container mounts on. About 2 MB. */
export function busyboxRootfs(): Promise<string> {
  const busybox = findProgram("busybox");
  if (busybox === undefined) throw new Error("busybox is not installed");
  const script = `cd "$1"
    mkdir -p bin dev etc home proc root run sys tmp usr/bin usr/sbin sbin var
    chmod 1777 tmp
    cp "$2" bin/busybox
    for applet in $(./bin/busybox --list); do [ "$applet" = busybox ] || ln -s busybox "bin/$applet"; done
    printf 'root:x:0:0:root:/root:/bin/sh\\nuser:x:1000:1000:user:/home:/bin/sh\\n' >etc/passwd
    printf 'root:x:0:\\nuser:x:1000:\\nextra:x:2000:user\\n' >etc/group`;
  return cached("busybox-1", script, [busybox]);
}

/** The Debian mirror that this machine's apt uses for its own release: `URIs:` of deb822 files, `deb` lines of old ones (sources.list(5)). */
export function debianMirror(): string {
  const folder = "/etc/apt/sources.list.d";
  const files = ["/etc/apt/sources.list", ...(existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [])];
  for (const file of files) {
    if (!existsSync(file)) continue;
    const text = readFileSync(file, "utf8");
    const found = /^URIs:\s*(\S+\/debian\/?)(?:\s|$)/m.exec(text) ?? /^deb\s+(?:\[[^\]]*\]\s+)?(\S+\/debian\/?)\s/m.exec(text);
    if (found?.[1] !== undefined) return found[1];
  }
  return "http://deb.debian.org/debian";
}

/** Debian bookworm, minbase with ps and mount. Takes a minute the first time; needs root, or the user namespaces that mmdebstrap makes. */
export function debianRootfs(): Promise<string> {
  const script = `mmdebstrap --quiet --variant=minbase --include=procps,mount --aptopt='Acquire::Languages "none"' \\
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$1" "$2"
    test -x "$1/usr/bin/apt-get" && test -x "$1/usr/bin/ps" && test -x "$1/usr/bin/mount"`;
  return cached("debian-bookworm-1", script, [debianMirror()]);
}

/** A copy of a root file system that may be written to; `owner` (uid:gid) for one that an ordinary user's container owns. */
export async function copyRootfs(from: string, into: string, owner?: string): Promise<string> {
  await runOk(["cp", "--archive", "--reflink=auto", from, into]);
  if (owner !== undefined) await runOk(["chown", "--recursive", "--no-dereference", owner, into]);
  return into;
}
