// A device policy as the lines of cgroup v1's devices.allow and devices.deny (kernel cgroup-v1/devices.rst).
import { type DevicePolicy, deviceLine } from "../devices/rules.ts";
import type { CgroupWrite } from "../write.ts";

const FIELD = "linux.resources.devices";

/**
 * The writes for a new cgroup, which starts as a copy of its parent. To allow all where the parent does not is refused by
 * the kernel (EPERM) and tolerated: on a host that is itself a container, "all" is what that host has.
 */
export function deviceWrites(policy: DevicePolicy): CgroupWrite[] {
  const allow = (data: string): CgroupWrite => ({ controller: "devices", file: "devices.allow", data, from: FIELD });
  const deny = (data: string): CgroupWrite => ({ controller: "devices", file: "devices.deny", data, from: FIELD });
  if (policy.allow) return [{ ...allow("a"), tolerate: ["EPERM"] }, ...policy.exceptions.map((exception) => deny(deviceLine(exception)))];
  return [deny("a"), ...policy.exceptions.map((exception) => allow(deviceLine(exception)))];
}
