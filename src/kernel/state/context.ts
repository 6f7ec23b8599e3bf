// What every verb of the runtime is given; made by the command line, so that nothing below reads the environment.
import type { CgroupPlanner } from "../compile/request.ts";
import type { HostFacts } from "../probe/host-facts.ts";

export interface SystemdDriver {
  readonly planCgroup: CgroupPlanner;
  /** Where that systemd is reached; tried in order. */
  readonly sockets: readonly { readonly path: string; readonly bus: boolean }[];
}

export interface RuntimeContext {
  /** Directory of all containers' state (`--root`). */
  readonly root: string;
  /** The launcher executable. */
  readonly launcher: string;
  /** Directory for what is computed once: compiled seccomp filters, plans. The caller's alone, or others could weaken both. */
  readonly cacheDir: string;
  /** Identifies this build: what another build cached is not used. */
  readonly build: string;
  /** Given when systemd is to make the cgroups. */
  readonly systemd?: SystemdDriver;
  /** The engine asks for what the host can grant and warns of the rest; the OCI runtime refuses. */
  readonly clamp: boolean;
  facts(): HostFacts;
  now(): Date;
  warn(message: string): void;
}
