// The drivers by name. CNI networks are made by other programs: engine/networks/cni/attach.ts.
import type { DriverName } from "../model/network.ts";
import { bridge } from "./bridge.ts";
import type { Driver } from "./driver.ts";
import { ipvlan, macvlan } from "./macvlan.ts";
import { vxlan } from "./vxlan.ts";

export const NETWORK_DRIVERS: Readonly<Record<Exclude<DriverName, "cni">, Driver>> = { bridge, macvlan, ipvlan, vxlan };
