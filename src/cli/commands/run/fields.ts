// The configuration of `run` is our own work: who reads of a field of it in an error wants the flag that it came from.
import { TeuError } from "../../../base/errors.ts";
import type { MountRequest } from "../../../containers/document/mounts.ts";
import { inOrder } from "../../../containers/mounts/oci-mounts.ts";
import { engineDefaults } from "../../../spec/runtime/default.ts";
import type { RUN_FLAGS, RunFlagValues } from "./flags.ts";

/** Fields of the configuration, by the flag that sets them. */
// biome-ignore format: table
const FIELDS: readonly { readonly field: RegExp; readonly flag: keyof typeof RUN_FLAGS }[] = [
  { field: /\bhostname(?=:)/,                            flag: "hostname" },
  { field: /\blinux\.resources\.cpu\.cpus\b/,            flag: "cpuset-cpus" },
  { field: /\blinux\.resources\.cpu\.(quota|period)\b/,  flag: "cpus" },
  { field: /\blinux\.resources\.memory\.limit\b/,        flag: "memory" },
  { field: /\blinux\.resources\.pids\.limit\b/,          flag: "pids-limit" },
  { field: /\bprocess\.cwd\b/,                           flag: "workdir" },
  { field: /\bprocess\.rlimits\[\d+\](\.\w+)?/,          flag: "ulimit" },
  { field: /\bprocess\.user\.[ug]id\b/,                  flag: "user" },
  { field: /\broot\.path\b/,                             flag: "rootfs" },
];

const MOUNT = /\bmounts\[(\d+)\](\.\w+)?/g;

/** The error as it is, or with flags for those fields that flags have set; `mounts` are those that were asked for. */
export function inTermsOfFlags(error: unknown, flags: RunFlagValues, mounts: readonly MountRequest[] = []): unknown {
  if (!(error instanceof TeuError)) return error;
  const before = engineDefaults([]).mounts.length;
  const asked = inOrder(mounts);
  let message = error.message.replaceAll(MOUNT, (field, number: string) => asked[Number(number) - before]?.from ?? field);
  for (const { field, flag } of FIELDS) if (flags[flag] !== undefined) message = message.replace(field, `--${flag}`);
  return message === error.message ? error : new TeuError(error.code, message, { cause: error });
}
