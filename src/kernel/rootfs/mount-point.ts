// What the set-up of a root file system must know of the mounts around it, from the text of /proc/self/mountinfo (proc_pid_mountinfo(5)).

/** Blank, tab, newline and backslash stand in mountinfo as octal escapes. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** The mount point that holds `path`, which must be absolute and free of symbolic links: the longest that `path` is at or below. */
export function mountPointOf(path: string, mountinfo: string): string {
  const points = mountinfo.split("\n").flatMap((line) => unescaped(line.split(" ")[4] ?? "") || []);
  const holding = points.filter((point) => point === "/" || path === point || path.startsWith(`${point}/`));
  return holding.reduce((longest, point) => (point.length > longest.length ? point : longest), "/");
}

/** Whether mounts and unmounts below the mount that holds `path` are seen by others (shared), or come from others (slave), as mount_namespaces(7) has it. */
export function propagationAt(
  path: string,
  mountinfo: string,
): { readonly point: string; readonly shared: boolean; readonly slave: boolean } {
  const point = mountPointOf(path, mountinfo);
  const line = mountinfo.split("\n").findLast((text) => unescaped(text.split(" ")[4] ?? "") === point) ?? "";
  const tags = line.split(" - ", 1)[0]?.split(" ").slice(6) ?? [];
  return { point, shared: tags.some((tag) => tag.startsWith("shared:")), slave: tags.some((tag) => tag.startsWith("master:")) };
}

/** Whether something is mounted on a path, which must be absolute and free of symbolic links. */
export function isMountPoint(path: string, mountinfo: string): boolean {
  return mountPointOf(path, mountinfo) === path;
}

/** The mount points outside of `rootfs` that show a whole procfs or sysfs, innermost first. */
export function fullProcMounts(rootfs: string, mountinfo: string): string[] {
  const found = mountinfo.split("\n").flatMap((line) => {
    const [left = "", right = ""] = line.split(" - ");
    const [, , , root, point = ""] = left.split(" ");
    const type = right.split(" ", 1)[0];
    return root === "/" && (type === "proc" || type === "sysfs") ? [unescaped(point)] : [];
  });
  return found.filter((point) => !`${point}/`.startsWith(`${rootfs}/`)).toReversed();
}
