// linux.resources.rdma, the same on cgroup v1 and v2 (config-linux.md "RDMA"; kernel cgroup-v1/rdma.rst).
import type { ControllerWrites } from "./write.ts";

export const rdma: ControllerWrites = ({ rdma }, refuse) =>
  Object.entries(rdma ?? {}).map(([device, { hcaHandles, hcaObjects }]) => {
    const from = `linux.resources.rdma.${device}`;
    // The file's lines are words, so a blank in a name would be read as a limit.
    if (!/^[\w.:-]+$/.test(device)) refuse("invalid", from, "is not the name of a device");
    if (hcaHandles === undefined && hcaObjects === undefined) refuse("invalid", from, "needs hcaHandles or hcaObjects");
    const handles = hcaHandles === undefined ? "" : ` hca_handle=${hcaHandles}`;
    const objects = hcaObjects === undefined ? "" : ` hca_object=${hcaObjects}`;
    return { controller: "rdma", file: "rdma.max", data: `${device}${handles}${objects}`, from };
  });
