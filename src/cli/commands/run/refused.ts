// Flags of docker's and podman's `run` and `create` that this build has not: each is known, and refused with what is missing.
import type { Flag } from "../../command.ts";
import type { Problems } from "../flag-problems.ts";
import { LINK_LOCAL } from "./network-mode.ts";

const WINDOWS = "is for containers of Windows";

/** Why each is refused. */
const REASONS = {
  "cpu-count": WINDOWS,
  "cpu-percent": WINDOWS,
  "io-maxbandwidth": WINDOWS,
  "io-maxiops": WINDOWS,
  "kernel-memory": "is no limit of newer kernels, and docker's no more: --memory counts the kernel's share too",
  "link-local-ip": LINK_LOCAL,
  pod: "takes pods, which this build does not have: --network, --ipc and --pid container:NAME share namespaces",
  "storage-opt": "what a container writes has no limit but the file system's: overlayfs knows none",
  "use-api-socket": "takes an API server, which this build does not have",
} as const;

type Name = keyof typeof REASONS;

const SWITCHES: readonly Name[] = ["use-api-socket"];

const NAMES = Object.keys(REASONS) as Name[]; // the keys of the table above

/** As the commands declare them. */
export const REFUSED_FLAGS = Object.fromEntries(
  NAMES.map((name) => {
    const type = SWITCHES.includes(name) ? "boolean" : "string";
    return [name, { type, summary: `Not supported: ${REASONS[name]}` }];
  }),
) as { readonly [K in Name]: Flag }; // the same keys

export function refuseFlags(flags: Readonly<Record<string, unknown>>, problems: Problems): void {
  for (const name of NAMES) {
    const value = flags[name];
    if (value !== undefined && value !== false) problems.refuse(`--${name}`, REASONS[name]);
  }
}
