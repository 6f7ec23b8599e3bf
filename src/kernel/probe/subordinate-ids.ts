// Ids that an ordinary user may map into user namespaces besides its own: /etc/subuid and /etc/subgid (subuid(5)), and the
// set-uid programs that do it (newuidmap(1)). Ranges that only a name service knows (`subid: sss` in nsswitch.conf) are not
// seen.
import type { HostFacts, SubordinateRange } from "./host-facts.ts";
import type { HostSource } from "./host-files.ts";

/** Fixed, because a helper that runs as root must not be found by the caller's PATH. */
const HELPER_FOLDERS = ["/usr/bin", "/bin", "/usr/local/bin"];

/** The first name in passwd(5) text that has this uid. */
export function userName(passwd: string, uid: number): string | undefined {
  for (const line of passwd.split("\n")) {
    const [name, , id] = line.split(":");
    if (name && id === String(uid)) return name;
  }
  return undefined;
}

/** The ranges in subuid(5) text that belong to an owner by any of its names (the user name, the uid in decimal), in the file's order. */
export function subordinateRanges(text: string, owners: readonly string[]): SubordinateRange[] {
  const ranges: SubordinateRange[] = [];
  for (const line of text.split("\n")) {
    const [owner, start = "", size = ""] = line.trim().split(":");
    if (owner === undefined || !owners.includes(owner) || !/^\d{1,10}$/.test(start) || !/^\d{1,10}$/.test(size)) continue;
    if (Number(size) > 0) ranges.push({ start: Number(start), size: Number(size) });
  }
  return ranges;
}

/** What the caller may map, and with which helpers. */
export function readSubordinate(host: HostSource): HostFacts["subordinate"] {
  const name = userName(host.read("/etc/passwd") ?? "", host.uid);
  const owners = name === undefined ? [String(host.uid)] : [name, String(host.uid)];
  const helper = (program: string) => HELPER_FOLDERS.map((folder) => `${folder}/${program}`).find(host.exists);
  const newuidmap = helper("newuidmap");
  const newgidmap = helper("newgidmap");
  return {
    uids: subordinateRanges(host.read("/etc/subuid") ?? "", owners),
    // By the user too: subgid(5) gives group ids to users.
    gids: subordinateRanges(host.read("/etc/subgid") ?? "", owners),
    ...(newuidmap !== undefined && { newuidmap }),
    ...(newgidmap !== undefined && { newgidmap }),
  };
}
