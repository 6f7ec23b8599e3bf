// A container ready to be launched: its plan as the launcher takes it, and what its record says. From the compiler, or from the plan cache.
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import type { Compiled } from "../compile/request.ts";

/** What a container's record takes over, as plain JSON. */
export interface PreparedFacts {
  readonly ociVersion: string;
  readonly bundle: string;
  readonly rootfs: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly cgroups: Readonly<Record<string, string>>;
  /** The systemd unit, with the systemd driver. */
  readonly unit?: string;
  /** The group of resctrl that goes with the container. */
  readonly rdtGroup?: string;
  readonly warnings: readonly string[];
  /** The root is a mount of the container's own, of layers: what lies at `rootfs` is another thing. */
  readonly layered?: true;
  /** Whether poststop hooks wait for its end. */
  readonly poststop: boolean;
}

export interface Prepared {
  readonly facts: PreparedFacts;
  /** config.json, for the state directory. */
  readonly text: string;
  /** The plan as the launcher reads it. */
  readonly encoded: Uint8Array;
  /** Configuration and plan as values: computed when they are asked for: after a cached plan, for an error sentence. */
  source(): Promise<{ readonly config: RuntimeConfig; readonly compiled: Compiled }>;
}
