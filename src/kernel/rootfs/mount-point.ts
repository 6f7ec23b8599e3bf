// Finds the mount that a path lies on in the text of /proc/self/mountinfo (proc_pid_mountinfo(5)).

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
