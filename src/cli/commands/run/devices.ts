// Flags about devices of the host that a container gets: nodes, rules of the device cgroup, and devices by name (CDI).
import { posix } from "node:path";
import { CDI_NAME } from "../../../containers/config/cdi/name.ts";
import type { DeviceRequest, IsolationOptions } from "../../../containers/config/isolation.ts";
import type { DeviceRule } from "../../../spec/runtime/config.ts";
import type { Flags, FlagValues } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";
import { fieldsOf } from "./csv.ts";

// biome-ignore format: table
export const DEVICE_FLAGS = {
  device:               { type: "string", multiple: true, value: "SRC[:DST][:rwm]", summary: "Give a device, a directory of them, or one by its CDI name" },
  "device-cgroup-rule": { type: "string", multiple: true, value: "RULE", summary: "Allow devices by numbers (c 42:* rwm)" },
  gpus:                 { type: "string", value: "GPUS", summary: "Give GPUs by CDI: all, a number of them, or device=ID[,ID…]" },
} as const satisfies Flags;

export function devicesOf(
  flags: FlagValues<typeof DEVICE_FLAGS>,
  problems: Problems,
): Pick<IsolationOptions, "devices" | "deviceRules" | "cdiDevices"> {
  const all = flags.device ?? [];
  const devices = all.filter((text) => !CDI_NAME.test(text)).flatMap((text) => deviceOf(text, problems));
  const cdiDevices = [...all.filter((text) => CDI_NAME.test(text)), ...(flags.gpus === undefined ? [] : gpusOf(flags.gpus, problems))];
  const rules = (flags["device-cgroup-rule"] ?? []).flatMap((text) => ruleOf(text, problems));
  return {
    ...(devices.length === 0 ? {} : { devices }),
    ...(rules.length === 0 ? {} : { deviceRules: rules }),
    ...(cdiDevices.length === 0 ? {} : { cdiDevices: [...new Set(cdiDevices)] }),
  };
}

const ACCESS = /^[rwm]{1,3}$/;

/** `/dev/x`, `/dev/x:rw`, `/dev/x:/dev/y`, `/dev/x:/dev/y:r`. */
function deviceOf(text: string, problems: Problems): DeviceRequest[] {
  const parts = text.split(":");
  const access = parts.length > 1 && ACCESS.test(parts.at(-1) ?? "") ? parts.pop() : undefined;
  const [source = "", destination = source, ...more] = parts;
  if (!source.startsWith("/") || !destination.startsWith("/") || more.length > 0) {
    problems.refuse(
      "--device",
      `${JSON.stringify(text)} is not SRC[:DST][:rwm] with absolute paths, nor a CDI name such as vendor.com/class=name`,
    );
    return [];
  }
  return [{ source: posix.resolve(source), destination: posix.resolve(destination), access: access ?? "rwm" }];
}

const RULE = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/;

function ruleOf(text: string, problems: Problems): DeviceRule[] {
  const [, type, major = "*", minor = "*", access] = RULE.exec(text) ?? [];
  if (type === undefined || access === undefined) {
    problems.refuse("--device-cgroup-rule", `${JSON.stringify(text)} is not a rule such as "c 42:* rwm"`);
    return [];
  }
  const number = (part: string) => (part === "*" ? -1 : Number(part));
  return [{ allow: true, type, major: number(major), minor: number(minor), access }];
}

const GPU = "nvidia.com/gpu";

/** docker's words for GPUs as names of their CDI devices: `all`, `2`, `device=0,1`, `"device=0,1",driver=nvidia`, `count=2`. */
function gpusOf(text: string, problems: Problems): string[] {
  const devices: string[] = [];
  for (const field of problems.take("--gpus", () => fieldsOf(text)) ?? []) {
    const [, key = "count", value = field] = /^([a-z]+)=(.*)$/s.exec(field) ?? [];
    if (key === "device") devices.push(...value.split(","));
    else if (key === "count" && (value === "all" || value === "-1")) devices.push("all");
    else if (key === "count" && /^\d{1,3}$/.test(value)) devices.push(...Array.from({ length: Number(value) }, (_, index) => `${index}`));
    else if (key === "driver" ? value !== "nvidia" && value !== "cdi" : key !== "capabilities")
      problems.refuse("--gpus", `${JSON.stringify(field)} is not all, a number, device=ID[,ID…] or capabilities=…, of nvidia's driver`);
  }
  if (devices.length === 0) problems.refuse("--gpus", `${JSON.stringify(text)} asks for no GPU`);
  return devices.map((device) => `${GPU}=${device}`);
}
