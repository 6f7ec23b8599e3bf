// linux.resources.unified: files of the cgroup v2 directory as they are (config-linux.md "Unified").
import type { CgroupWrite, ControllerWrites } from "../write.ts";

/**
 * A key is a file's name, `controller.parameter`; the part before the first dot is the controller that must be there.
 * Files that this runtime does not know are written all the same, as the specification demands.
 * A value of several lines (`io.max`) is a write a line: these files take one setting at a time.
 */
export const unified: ControllerWrites = ({ unified }, refuse) => {
  const writes: CgroupWrite[] = [];
  for (const [file, value] of Object.entries(unified ?? {})) {
    const from = `linux.resources.unified.${file}`;
    const controller = file.slice(0, Math.max(0, file.indexOf(".")));
    if (controller === "" || file.includes("/") || file.includes("..") || file.includes("\0")) {
      refuse("invalid", from, "must be the name of a file such as memory.high, with no slash");
      continue;
    }
    const lines = value.split("\n").filter((line) => line.trim() !== "");
    for (const data of lines) writes.push({ controller, file, data, from });
  }
  return writes;
};
