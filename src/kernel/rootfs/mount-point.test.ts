import { describe, expect, test } from "bun:test";
import { fullProcMounts, mountPointOf, propagationAt } from "./mount-point.ts";

const MOUNTINFO = `22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
23 22 0:20 / /srv rw shared:3 - tmpfs srv rw
24 23 0:21 / /srv/a\\040b rw - tmpfs blank rw
25 22 0:22 / /srv-other rw - tmpfs other rw
`;

describe("the mount point of a path", () => {
  const rows = [
    { path: "/usr/lib", want: "/" },
    { path: "/srv", want: "/srv" },
    { path: "/srv/x/rootfs", want: "/srv" },
    { path: "/srv/a b/rootfs", want: "/srv/a b" },
    { path: "/srv-other/rootfs", want: "/srv-other" },
    { path: "/srv-others", want: "/" },
    { path: "/", want: "/" },
  ];
  for (const { path, want } of rows) test(`${path} lies on ${want}`, () => expect(mountPointOf(path, MOUNTINFO)).toBe(want));
});

test("how events of mounts travel is that of the mount that holds a path", () => {
  expect(propagationAt("/srv/x", MOUNTINFO)).toEqual({ point: "/srv", shared: true, slave: false });
  expect(propagationAt("/usr", MOUNTINFO)).toEqual({ point: "/", shared: false, slave: false });
  expect(propagationAt("/", "22 1 254:0 / / rw master:1 - ext4 /dev/vda rw\n")).toEqual({ point: "/", shared: false, slave: true });
});

test("the host's whole procfs and sysfs mounts are found, innermost first", () => {
  const mountinfo = `30 1 0:20 / /proc rw - proc proc rw
31 1 0:21 / /sys rw shared:3 - sysfs sysfs rw
32 31 0:22 / /sys/kernel/debug rw - debugfs debugfs rw
33 1 0:20 /sys /jail/proc/sys rw - proc proc rw
34 1 0:23 / /jail\\040two/proc rw - proc proc rw
35 1 0:24 / /srv/rootfs/proc rw - proc proc rw
`;
  expect(fullProcMounts("/srv/rootfs", mountinfo)).toEqual(["/jail two/proc", "/sys", "/proc"]);
});
