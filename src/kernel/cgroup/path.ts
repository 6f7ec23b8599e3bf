// linux.cgroupsPath (config-linux.md "Cgroups Path"): how its text becomes a path inside a hierarchy.

/**
 * Cleans a path by its text alone: no empty, `.` or `..` parts, and `..` never climbs above where it starts. The result
 * is absolute exactly if the input is; `""` is the start itself.
 */
export function cleanCgroupPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return (path.startsWith("/") ? "/" : "") + parts.join("/");
}

/** `base` and all that lies between it and `path`, from the top: `levels("/a", "b/c")` is `/a/b`, `/a/b/c`. */
export function levels(base: string, path: string): string[] {
  const found: string[] = [];
  let at = base === "/" ? "" : base;
  for (const part of path.split("/")) {
    if (part === "") continue;
    at = `${at}/${part}`;
    found.push(at);
  }
  return found;
}
