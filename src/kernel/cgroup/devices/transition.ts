// From one device policy to another on a running container's v1 cgroup: only what differs is written, so that no device
// the container may use both before and after is refused for a moment, and denials come first, so that at no moment more
// is open than before and after together.
import type { CgroupWrite } from "../write.ts";
import { type DeviceException, type DevicePolicy, deviceLine, exceptionKey } from "./rules.ts";

const FIELD = "linux.resources.devices";

/**
 * The writes from `before` to `after`. When one allows by default and the other does not, the whole list is written anew;
 * the container should be frozen meanwhile.
 */
export function deviceTransition(before: DevicePolicy, after: DevicePolicy): CgroupWrite[] {
  const write = (file: "devices.allow" | "devices.deny", data: string): CgroupWrite => ({ controller: "devices", file, data, from: FIELD });
  // An exception is made by the opposite of the default, and taken back by the default's own file.
  const [make, unmake] = after.allow ? (["devices.deny", "devices.allow"] as const) : (["devices.allow", "devices.deny"] as const);
  const afresh = before.allow !== after.allow;
  const old = afresh ? [] : before.exceptions;
  const gone = missingFrom(after.exceptions, old).map((exception) => write(unmake, deviceLine(exception)));
  const made = missingFrom(old, after.exceptions).map((exception) => write(make, deviceLine(exception)));
  if (afresh) return [write(unmake, "a"), ...made];
  return after.allow ? [...made, ...gone] : [...gone, ...made];
}

/** Whether a transition passes through a moment in which more is refused than before or after. */
export function isDisruptive(before: DevicePolicy, after: DevicePolicy): boolean {
  return before.allow && !after.allow;
}

/** What of `those` is not in `known`, access by access. */
function missingFrom(known: readonly DeviceException[], those: readonly DeviceException[]): DeviceException[] {
  const masks = new Map(known.map((exception) => [exceptionKey(exception), exception.access]));
  return those.flatMap((exception) => {
    const access = exception.access & ~(masks.get(exceptionKey(exception)) ?? 0);
    return access === 0 ? [] : [{ ...exception, access }];
  });
}
