// What systemd is told of a container's limits (systemd.resource-control(5)). systemd writes the same files as we do, and
// writes them again whenever it reloads; so it has to know every value that it has a property for. Pure.
import type { Resources } from "../../../spec/runtime/config.ts";
import { accessText, type DevicePolicy, devicePolicy } from "../devices/rules.ts";
import { weightOfShares } from "../v2/cpu.ts";
import { swapText } from "../v2/memory.ts";
import { asked } from "../write.ts";
import { listMask } from "./cpu-mask.ts";
import type { UnitProperty } from "./scope.ts";

/** systemd's word for unlimited. */
const INFINITY = 0xffffffffffffffffn;

export interface PropertiesRequest {
  readonly resources: Resources | undefined;
  /** systemd itself runs on cgroup v2. */
  readonly v2: boolean;
  /** Without root no device rules are set, as with the cgroupfs driver. */
  readonly rootless: boolean;
}

/** The properties for the resources; what systemd has no property for is written to the files after it. */
export function resourceProperties({ resources = {}, v2, rootless }: PropertiesRequest): UnitProperty[] {
  const devices = rootless ? [] : deviceProperties(devicePolicy(resources.devices), v2);
  return [...devices, ...(v2 ? memoryV2(resources) : memoryV1(resources)), ...cpu(resources, v2), ...others(resources, v2)];
}

function uint64(name: string, value: number | bigint): UnitProperty {
  return { name, signature: "t", value: value < 0 ? INFINITY : BigInt(value) };
}

function memoryV1({ memory }: Resources): UnitProperty[] {
  return asked(memory?.limit) ? [uint64("MemoryLimit", memory.limit)] : [];
}

function memoryV2({ memory }: Resources): UnitProperty[] {
  const properties: UnitProperty[] = [];
  if (asked(memory?.limit)) properties.push(uint64("MemoryMax", memory.limit));
  if (asked(memory?.reservation)) properties.push(uint64("MemoryLow", memory.reservation));
  const swap = asked(memory?.swap) ? swapText(memory.swap, memory.limit) : undefined;
  if (swap !== undefined) properties.push(uint64("MemorySwapMax", swap === "max" ? -1 : BigInt(swap)));
  return properties;
}

const DEFAULT_PERIOD = 100_000n;
/** systemd keeps quotas as whole percents of a second: a part of one is rounded up. */
const PERCENT_USEC = 10_000n;

function cpu({ cpu }: Resources, v2: boolean): UnitProperty[] {
  const properties: UnitProperty[] = [];
  if (asked(cpu?.shares) && !asked(cpu?.idle)) {
    properties.push(v2 ? uint64("CPUWeight", weightOfShares(cpu.shares)) : uint64("CPUShares", cpu.shares));
  }
  if (asked(cpu?.period)) properties.push(uint64("CPUQuotaPeriodUSec", cpu.period));
  if (asked(cpu?.quota) || asked(cpu?.period)) {
    const quota = BigInt(cpu?.quota ?? 0);
    const period = asked(cpu?.period) ? BigInt(cpu.period) : DEFAULT_PERIOD;
    const perSecond = (quota * 1_000_000n) / period;
    const rounded = ((perSecond + PERCENT_USEC - 1n) / PERCENT_USEC) * PERCENT_USEC;
    properties.push(uint64("CPUQuotaPerSecUSec", quota > 0n ? rounded : -1));
  }
  if (cpu?.cpus) properties.push({ name: "AllowedCPUs", signature: "ay", value: listMask(cpu.cpus, "linux.resources.cpu.cpus") });
  if (cpu?.mems) properties.push({ name: "AllowedMemoryNodes", signature: "ay", value: listMask(cpu.mems, "linux.resources.cpu.mems") });
  return properties;
}

function others({ pids, blockIO, unified }: Resources, v2: boolean): UnitProperty[] {
  const properties: UnitProperty[] = [];
  const limit = pids?.limit;
  if (limit !== undefined) properties.push(uint64("TasksMax", limit === 0 || limit === 0n ? 1 : limit));
  if (!v2 && asked(blockIO?.weight)) properties.push(uint64("BlockIOWeight", blockIO.weight));
  for (const [file, value] of Object.entries(v2 ? (unified ?? {}) : {})) {
    const name = UNIFIED[file];
    const text = value.trim();
    if (name === undefined || !/^(\d+|max)$/.test(text)) continue;
    properties.push(uint64(name, text === "max" ? -1 : BigInt(text)));
  }
  return properties;
}

/** Files of `unified` that systemd has a property of one number for. */
// biome-ignore format: table
const UNIFIED: Readonly<Record<string, string | undefined>> = {
  "cpu.weight": "CPUWeight",
  "memory.min": "MemoryMin",
  "memory.low": "MemoryLow",
  "memory.high": "MemoryHigh",
  "memory.max": "MemoryMax",
  "memory.swap.max": "MemorySwapMax",
  "pids.max": "TasksMax",
};

/**
 * DeviceAllow is a list of what is allowed and nothing else. A policy that allows all but some goes untold on v2, where our
 * own program stands beside systemd's; on v1 systemd would open everything when it reloads, so there it is told "nothing":
 * our lines open what is allowed, and a reload closes rather than opens.
 */
function deviceProperties(policy: DevicePolicy, v2: boolean): UnitProperty[] {
  const open = policy.allow && (v2 || policy.exceptions.length === 0);
  const allowed = policy.allow
    ? []
    : policy.exceptions.flatMap((exception) => {
        const path = devicePath(exception);
        return path === undefined ? [] : [[path, accessText(exception.access)]];
      });
  return [
    { name: "DevicePolicy", signature: "s", value: open ? "auto" : "strict" },
    { name: "DeviceAllow", signature: "a(ss)", value: allowed },
  ];
}

/** systemd's spelling; undefined for "any major with this minor", which it does not know and our own rules add. */
function devicePath({ type, major, minor }: DevicePolicy["exceptions"][number]): string | undefined {
  const kind = type === "b" ? "block" : "char";
  if (major === undefined) return minor === undefined ? `${kind}-*` : undefined;
  return minor === undefined ? `${kind}-${major}` : `/dev/${kind}/${major}:${minor}`;
}
