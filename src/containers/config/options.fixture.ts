// For tests of configurations: a container that asks for nothing, and the hosts of root and of an ordinary user.
import { CAPABILITY_NAMES } from "../../spec/runtime/names.ts";
import type { ContainerHost, ContainerOptions } from "./container-options.ts";

export const PLAIN: ContainerOptions = {
  rootfs: "/rootfs",
  args: ["sh"],
  terminal: false,
  hostname: "box",
  env: [],
  cwd: "/",
  user: { uid: 0, gid: 0 },
  readonlyRoot: false,
  network: "none",
  mounts: [],
  resources: {},
  rlimits: [],
  capAdd: [],
  capDrop: [],
};
export const ROOT: ContainerHost = { rootless: false, capabilities: new Set(CAPABILITY_NAMES), throttledCpus: [] };
const IDS = [{ containerID: 0, hostID: 1000, size: 1 }];
export const USER: ContainerHost = { ...ROOT, rootless: true, idMaps: { uids: IDS, gids: IDS } };
