// The devices of a container: nodes, and what its device cgroup allows. Pure.
import type { Device, DeviceRule } from "../../spec/runtime/config.ts";
import type { ContainerHost, ContainerOptions } from "./container-options.ts";

const DENY_ALL: DeviceRule = { allow: false, access: "rwm" };
const ALLOW_ALL: DeviceRule = { allow: true, access: "rwm" };

/** Without privileges there is no device cgroup: a node can be opened by whom its mode lets. */
export function deviceRules(
  { privileged, deviceRules: rules = [] }: ContainerOptions,
  { rootless, devices = [] }: ContainerHost,
): readonly DeviceRule[] | undefined {
  if (rootless) return undefined;
  if (privileged) return [ALLOW_ALL];
  const ofNodes = devices.map(({ type, major, minor, access }) => ({
    allow: true,
    type,
    ...(major === undefined ? {} : { major }),
    ...(minor === undefined ? {} : { minor }),
    access,
  }));
  return [DENY_ALL, ...ofNodes, ...rules];
}

export function deviceNodes({ devices = [] }: ContainerHost): readonly Device[] {
  return devices.map(({ access: _access, ...device }) => device);
}
