// Socket activation (sd_listen_fds(3)): descriptors from 3 up that our caller was given for the container's program.

import type { Bundle } from "../../kernel/state/bundle.ts";
import type { Process } from "../../spec/runtime/config.ts";
import type { CliContext } from "../command.ts";

/** How many there are; they go on before those of `--preserve-fds`. 0 where LISTEN_PID names another process than this. */
export function listenFds({ env }: CliContext): number {
  const { LISTEN_FDS: fds, LISTEN_PID: pid } = env;
  if (fds === undefined || !/^\d{1,4}$/.test(fds)) return 0;
  return pid === undefined || pid === String(process.pid) ? Number(fds) : 0;
}

/** The process with what tells it of them: as 1, which it is in a pid namespace of its own. */
export function activated(program: Process, listen: number): Process {
  if (listen === 0) return program;
  return { ...program, env: mergeEnv(program.env ?? [], [`LISTEN_FDS=${listen}`, "LISTEN_PID=1"]) };
}

/** The bundle with its process so told. */
export function activatedBundle(bundle: Bundle, listen: number): Bundle {
  const { process } = bundle.config;
  return listen === 0 || process === undefined ? bundle : { ...bundle, config: { ...bundle.config, process: activated(process, listen) } };
}

/** Later settings take the place of earlier ones: most readers of an environment take the first of a name. */
export function mergeEnv(base: readonly string[], more: readonly string[]): string[] {
  const byName = new Map([...base, ...more].map((entry) => [entry.split("=", 1)[0], entry]));
  return [...byName.values()];
}
