// linux.resources.network: controllers that exist on cgroup v1 only (config-linux.md "Network"; kernel
// cgroup-v1/net_cls.rst and net_prio.rst). Interface names are those of the host: the kernel looks them up in init_net.
import type { ControllerWrites } from "../write.ts";

export const netCls: ControllerWrites = ({ network }) =>
  network?.classID === undefined
    ? []
    : [{ controller: "net_cls", file: "net_cls.classid", data: String(network.classID), from: "linux.resources.network.classID" }];

export const netPrio: ControllerWrites = ({ network }) =>
  (network?.priorities ?? []).map(({ name, priority }, index) => ({
    controller: "net_prio",
    file: "net_prio.ifpriomap",
    data: `${name} ${priority}`,
    from: `linux.resources.network.priorities[${index}]`,
  }));
