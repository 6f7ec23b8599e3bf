// Whether the kernel has killed a process of a container for want of memory: counted by its cgroup, for as long as that is there.
// Documentation/admin-guide/cgroup-v1/memory.rst (memory.oom_control), cgroup-v2.rst (memory.events).
import { join } from "node:path";
import { optionalText } from "../../../base/optional-text.ts";

/** True where it did so at least once. @param cgroups of the run, by controller */
export function wasOomKilled({ memory, unified }: Readonly<Record<string, string>>): boolean {
  const file =
    memory !== undefined ? join(memory, "memory.oom_control") : unified !== undefined ? join(unified, "memory.events") : undefined;
  return file !== undefined && /^oom_kill [1-9]/m.test(optionalText(file) ?? "");
}
