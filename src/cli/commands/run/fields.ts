// The configuration of `run` is our own work: who reads of a field of it in an error wants the flag that it came from.
import { TeuError } from "../../../base/errors.ts";
import { type MountOptions, standardMounts } from "../../../containers/config/standard-mounts.ts";
import type { MountRequest } from "../../../containers/document/mounts.ts";
import { inOrder } from "../../../containers/mounts/oci-mounts.ts";
import { engineDefaults } from "../../../spec/runtime/default.ts";
import type { RUN_FLAGS, RunFlagValues } from "./flags.ts";

/** Fields of the configuration, by the flag that sets them. */
// biome-ignore format: table
const FIELDS: readonly { readonly field: RegExp; readonly flag: keyof typeof RUN_FLAGS }[] = [
  { field: /\bdomainname(?=:)/,                             flag: "domainname" },
  { field: /\bhostname(?=:)/,                               flag: "hostname" },
  { field: /\blinux\.devices\[\d+\]/,                      flag: "device" },
  { field: /\blinux\.resources\.blockIO\.weight\b/,        flag: "blkio-weight" },
  { field: /\blinux\.resources\.blockIO\.weightDevice\S*(?=:)/,            flag: "blkio-weight-device" },
  { field: /\blinux\.resources\.blockIO\.throttleReadBpsDevice\S*(?=:)/,   flag: "device-read-bps" },
  { field: /\blinux\.resources\.blockIO\.throttleWriteBpsDevice\S*(?=:)/,  flag: "device-write-bps" },
  { field: /\blinux\.resources\.blockIO\.throttleReadIOPSDevice\S*(?=:)/,  flag: "device-read-iops" },
  { field: /\blinux\.resources\.blockIO\.throttleWriteIOPSDevice\S*(?=:)/, flag: "device-write-iops" },
  { field: /\blinux\.resources\.cpu\.cpus\b/,              flag: "cpuset-cpus" },
  { field: /\blinux\.resources\.cpu\.mems\b/,              flag: "cpuset-mems" },
  { field: /\blinux\.resources\.cpu\.period\b/,            flag: "cpu-period" },
  { field: /\blinux\.resources\.cpu\.quota\b/,             flag: "cpu-quota" },
  { field: /\blinux\.resources\.cpu\.(quota|period)\b/g,   flag: "cpus" },
  { field: /\blinux\.resources\.cpu\.realtimePeriod\b/,    flag: "cpu-rt-period" },
  { field: /\blinux\.resources\.cpu\.realtimeRuntime\b/,   flag: "cpu-rt-runtime" },
  { field: /\blinux\.resources\.cpu\.shares\b/,            flag: "cpu-shares" },
  { field: /\blinux\.resources\.devices\[\d+\]/,           flag: "device-cgroup-rule" },
  { field: /\blinux\.resources\.memory\.disableOOMKiller\b/, flag: "oom-kill-disable" },
  { field: /\blinux\.resources\.memory\.limit\b/,          flag: "memory" },
  { field: /\blinux\.resources\.memory\.reservation\b/,    flag: "memory-reservation" },
  { field: /\blinux\.resources\.memory\.swap\b/,           flag: "memory-swap" },
  { field: /\blinux\.resources\.memory\.swap\b/,           flag: "memory" },
  { field: /\blinux\.resources\.memory\.swappiness\b/,     flag: "memory-swappiness" },
  { field: /\blinux\.resources\.pids\.limit\b/,            flag: "pids-limit" },
  { field: /\blinux\.seccomp\b/,                           flag: "security-opt" },
  { field: /\blinux\.sysctl\b/,                            flag: "sysctl" },
  { field: /\bprocess\.(apparmorProfile|selinuxLabel)\b/,  flag: "security-opt" },
  { field: /\bprocess\.cwd\b/,                             flag: "workdir" },
  { field: /\bprocess\.oomScoreAdj\b/,                     flag: "oom-score-adj" },
  { field: /\bprocess\.rlimits\[\d+\](\.\w+)?/,           flag: "ulimit" },
  { field: /\bprocess\.user\.[ug]id\b/,                   flag: "user" },
  { field: /\broot\.path\b/,                               flag: "rootfs" },
];

/** What is said of a flag twice, as it has set two fields. */
const TWICE = /(--[\w-]+: [^;]+); \1(?=;|$)/g;

const MOUNT = /\bmounts\[(\d+)\](\.\w+)?/g;

/** What a container was asked to be. */
export interface FieldSources {
  readonly options: Omit<MountOptions, "network" | "mounts">;
  readonly mounts: readonly MountRequest[];
}

/** The error as it is, or with flags for those fields that flags have set. */
export function inTermsOfFlags(error: unknown, flags: RunFlagValues, { options, mounts }: FieldSources): unknown {
  if (!(error instanceof TeuError)) return error;
  const before = standardMounts(engineDefaults([]).mounts, { ...options, network: "none", mounts }, { hasMqueue: true }).length;
  const asked = inOrder(mounts);
  let message = error.message.replaceAll(MOUNT, (field, number: string) => asked[Number(number) - before]?.from ?? field);
  for (const { field, flag } of FIELDS) if (flags[flag] !== undefined) message = message.replace(field, `--${flag}`);
  message = message.replaceAll(TWICE, "$1");
  return message === error.message ? error : new TeuError(error.code, message, { cause: error });
}
