// The limits of a container as fields of docker's `HostConfig`.
import type { BlockDeviceLimit } from "../config/isolation.ts";
import type { ContainerDocument } from "../document/document.ts";
import { orNull } from "./command-config.ts";

/** The period that `--cpus` counts in: with it a quota is a number of CPUs. */
const CPUS_PERIOD = 100_000;
const NANO_CPUS = 1e9;

const number = (value: number | bigint | undefined) => Number(value ?? 0);

export function resourceObject(options: ContainerDocument["options"]): Readonly<Record<string, unknown>> {
  const { memory, cpu, pids, blockIO } = options.resources;
  const [quota, period] = [number(cpu?.quota), number(cpu?.period)];
  const byCpus = period === CPUS_PERIOD && quota > 0;
  const limits = options.blockDevices ?? [];
  const limit = number(memory?.limit);
  return {
    CpuShares: number(cpu?.shares),
    Memory: limit,
    NanoCpus: byCpus ? Math.round((quota * NANO_CPUS) / period) : 0,
    CgroupParent: options.cgroupParent ?? "",
    BlkioWeight: blockIO?.weight ?? 0,
    BlkioWeightDevice: ofKind(limits, "weightDevice", "Weight"),
    BlkioDeviceReadBps: ofKind(limits, "throttleReadBpsDevice", "Rate"),
    BlkioDeviceWriteBps: ofKind(limits, "throttleWriteBpsDevice", "Rate"),
    BlkioDeviceReadIOps: ofKind(limits, "throttleReadIOPSDevice", "Rate"),
    BlkioDeviceWriteIOps: ofKind(limits, "throttleWriteIOPSDevice", "Rate"),
    CpuPeriod: byCpus ? 0 : period,
    CpuQuota: byCpus ? 0 : quota,
    CpuRealtimePeriod: number(cpu?.realtimePeriod),
    CpuRealtimeRuntime: number(cpu?.realtimeRuntime),
    CpusetCpus: cpu?.cpus ?? "",
    CpusetMems: cpu?.mems ?? "",
    Devices: (options.devices ?? []).map(({ source, destination, access }) => ({
      PathOnHost: source,
      PathInContainer: destination,
      CgroupPermissions: access,
    })),
    DeviceCgroupRules: orNull(
      (options.deviceRules ?? []).map(({ type = "a", major, minor, access = "rwm" }) => {
        return `${type} ${major ?? "*"}:${minor ?? "*"} ${access}`;
      }),
    ),
    DeviceRequests: deviceRequests(options.cdiDevices ?? []),
    MemoryReservation: number(memory?.reservation),
    MemorySwap: memory?.swap === undefined ? 0 : number(memory.swap),
    MemorySwappiness: memory?.swappiness ?? null,
    OomKillDisable: memory?.disableOOMKiller === true ? true : null,
    PidsLimit: pids?.limit === undefined ? null : number(pids.limit),
    Ulimits: options.rlimits.map(({ type, soft, hard }) => ({
      Name: type.replace(/^RLIMIT_/, "").toLowerCase(),
      Hard: number(hard),
      Soft: number(soft),
    })),
    CpuCount: 0,
    CpuPercent: 0,
    IOMaximumIOps: 0,
    IOMaximumBandwidth: 0,
  };
}

function ofKind(limits: readonly BlockDeviceLimit[], kind: BlockDeviceLimit["kind"], field: "Rate" | "Weight"): readonly object[] {
  return limits.filter((limit) => limit.kind === kind).map(({ path, value }) => ({ Path: path, [field]: value }));
}

function deviceRequests(names: readonly string[]): readonly object[] | null {
  if (names.length === 0) return null;
  return [{ Driver: "cdi", Count: 0, DeviceIDs: names, Capabilities: null, Options: {} }];
}
