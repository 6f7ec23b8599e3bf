// What flags and image make of a container together: the parts of its document that are said, and not found out. Pure.
import { posix } from "node:path";
import { type ImageDefaults, imageDefaults, mergeEnvironment } from "../../../containers/config/image-defaults.ts";
import type { ContainerDocument } from "../../../containers/document/document.ts";
import { parseSignal } from "../../../kernel/tables/signals.ts";
import type { ExecutionConfig } from "../../../spec/image/image-config.ts";
import type { RunFlagValues } from "./flags.ts";
import { joinHealth } from "./health.ts";
import type { FlagOptions } from "./options.ts";

/** What is run, besides flags. */
export interface DocumentTarget {
  /** The image's; none for a directory, which says nothing of itself. */
  readonly image?: ExecutionConfig;
  /** Who calls. */
  readonly caller: { readonly uid: number; readonly gid: number };
  /** The words after the image's name, or the directory. */
  readonly args: readonly string[];
}

/** Other containers are still called by what they were named by. */
export type DocumentParts = Pick<ContainerDocument, "options" | "user" | "seccomp" | "stdio" | "network" | "life" | "log" | "labels"> & {
  /** Destinations of the volumes that the image declares. */
  readonly imageVolumes: readonly string[];
};

/** What a directory runs that is told nothing: its shell. */
const SHELL: ExecutionConfig = { Cmd: ["/bin/sh"] };

/** @throws InvalidInputError where image and flags do not make a container */
export function documentParts(asked: FlagOptions, flags: RunFlagValues, { image, args, caller }: DocumentTarget): DocumentParts {
  const made = imageDefaults(image ?? SHELL, {
    args,
    env: asked.env,
    labels: asked.labels,
    ...(flags.entrypoint === undefined ? {} : { entrypoint: flags.entrypoint }),
    ...(flags.workdir === undefined ? {} : { workdir: flags.workdir }),
    ...(flags.user === undefined ? {} : { user: flags.user }),
    ...(flags["stop-signal"] === undefined ? {} : { stopSignal: flags["stop-signal"] }),
  });
  const systemd = asked.systemd === "always" || (asked.systemd === "true" && isSystemd(made.args));
  const health = joinHealth(made.healthCheck, asked.health);
  return {
    options: {
      ...asked.container,
      args: made.args,
      entrypoint: made.entrypoint,
      env: systemd ? mergeEnvironment(["container=oci"], made.env) : made.env,
      cwd: made.cwd,
      readonlyRoot: asked.readonlyRoot,
      ...(systemd ? { systemd } : {}),
    },
    user: { user: flags.user === undefined ? (keptUser(asked, caller) ?? made.user) : made.user, groupAdd: asked.groupAdd },
    seccomp: asked.seccomp,
    stdio: asked.stdio,
    network: { ...asked.network, exposed: exposedOf(asked.network, made.exposedPorts) },
    life: {
      ...asked.life,
      ...stopOf(made, { asked, systemd }),
      ...(health === undefined ? {} : { health }),
    },
    log: asked.log,
    labels: made.labels,
    imageVolumes: made.volumes,
  };
}

/** podman's: whoever keeps its ids in the container is who it runs as. */
function keptUser({ container: { userns } }: FlagOptions, caller: DocumentTarget["caller"]): string | undefined {
  if (userns?.kind !== "keep-id") return undefined;
  return `${userns.uid ?? caller.uid}:${userns.gid ?? caller.gid}`;
}

/** An image's word that is no signal is not obeyed, as it would be refused only when it is too late. */
function stopOf(
  { stopSignal, stopTimeout }: ImageDefaults,
  { asked: { life }, systemd }: { readonly asked: FlagOptions; readonly systemd: boolean },
): { readonly stopSignal?: string; readonly stopTimeout?: number } {
  const known = stopSignal !== undefined && (parseSignal(stopSignal) ?? 0) !== 0 ? stopSignal : undefined;
  const signal = known ?? (systemd ? HALT : undefined);
  const seconds = life.stopTimeout ?? stopTimeout;
  return { ...(signal === undefined ? {} : { stopSignal: signal }), ...(seconds === undefined ? {} : { stopTimeout: seconds }) };
}

/** What asks systemd to halt (systemd(1), "Signals"). */
const HALT = "SIGRTMIN+3";

/** podman's rule of which programs are systemd. */
const INITS: readonly string[] = ["/sbin/init", "/usr/sbin/init", "/usr/local/sbin/init"];

function isSystemd([program = ""]: readonly string[]): boolean {
  return INITS.includes(program) || posix.basename(program) === "systemd";
}

/** What is published is exposed, too. */
function exposedOf({ exposed, ports }: FlagOptions["network"], images: readonly string[]): readonly string[] {
  return [...new Set([...images.map(withProtocol), ...exposed, ...ports.map(({ target, protocol }) => `${target}/${protocol}`)])];
}

function withProtocol(port: string): string {
  return port.includes("/") ? port : `${port}/tcp`;
}
