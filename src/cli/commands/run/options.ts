// What the flags of `run` and `create` make of a container. Every problem of a command line is collected, so that people see all of them at once.
import { existsSync } from "node:fs";
import { posix, resolve } from "node:path";
import type { Bind, Tmpfs } from "../../../containers/config/container-options.ts";
import type { DocumentOptions, StdioSettings } from "../../../containers/document/document.ts";
import type { LifeSettings } from "../../../containers/document/life.ts";
import type { LogSettings } from "../../../containers/document/log.ts";
import type { NetworkSettings } from "../../../containers/document/network.ts";
import type { HealthCheck } from "../../../spec/image/image-config.ts";
import type { CliContext } from "../../command.ts";
import { Problems } from "../flag-problems.ts";
import { blockDevicesOf } from "./block-devices.ts";
import { devicesOf } from "./devices.ts";
import type { RunFlagValues } from "./flags.ts";
import { healthOf } from "./health.ts";
import { identityOf } from "./identity.ts";
import { rootfsOf } from "./image.ts";
import { kernelSettingsOf } from "./kernel-settings.ts";
import { lifeOf } from "./life.ts";
import { logOf } from "./log.ts";
import { namespacesOf } from "./namespaces.ts";
import { networkOf } from "./network.ts";
import { processOf } from "./process.ts";
import { refuseFlags } from "./refused.ts";
import { resourcesOf } from "./resources.ts";
import { type SecurityParts, securityOf } from "./security.ts";
import { annotationsOf, environmentOf, labelsOf, tmpfsOf } from "./values.ts";

/** Everything that the flags say by themselves; what an image has a say in is still apart. */
export interface FlagOptions {
  readonly container: Omit<DocumentOptions, "args" | "env" | "cwd" | "readonlyRoot" | "systemd">;
  readonly binds: readonly Bind[];
  readonly tmpfs: readonly Tmpfs[];
  /** `--rootfs`, absolute. */
  readonly rootfs?: string;
  /** `NAME=VALUE`, or `NAME` to have none. */
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly groupAdd: readonly string[];
  /** Destinations of `--volume` without a source. */
  readonly volumes: readonly string[];
  readonly readonlyRoot: boolean;
  readonly seccomp: SecurityParts["seccomp"];
  readonly stdio: StdioSettings;
  readonly network: NetworkSettings;
  readonly life: Omit<LifeSettings, "health">;
  readonly health?: HealthCheck;
  readonly log: LogSettings;
  readonly systemd: "true" | "false" | "always";
  /** Containers stand in it by what people call them: references.ts makes ids of that. */
  readonly namesContainers: boolean;
}

/**
 * Reads the flags.
 * @throws InvalidInputError with everything that is wrong with their values
 */
export function readRunFlags(flags: RunFlagValues, { env }: Pick<CliContext, "env">): FlagOptions {
  const problems = new Problems();
  refuseFlags(flags, problems);
  const { seccomp, ...security } = securityOf(flags, problems);
  const { stdio, ...process } = processOf(flags, problems);
  const namespaces = namespacesOf(flags, problems);
  const network = networkOf(flags, problems);
  refuseSharedNames(flags, problems);
  const health = healthOf(flags, problems);
  const rootfs = rootfsOf(flags, problems);
  const isVolume = (text: string) => rootfs === undefined && /^\/[^:]+$/.test(text);
  const annotations = annotationsOf(flags, problems);
  const options: FlagOptions = {
    container: {
      ...process,
      ...identityOf(flags, problems),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      resources: resourcesOf(flags, problems),
      ...kernelSettingsOf(flags, problems),
      ...security,
      ...namespaces,
      ...devicesOf(flags, problems),
      ...blockDevicesOf(flags, problems),
    },
    binds: (flags.volume ?? []).filter((text) => !isVolume(text)).flatMap((text) => bindOf(text, problems)),
    tmpfs: (flags.tmpfs ?? []).flatMap((text) => tmpfsOf(text, problems)),
    ...(rootfs === undefined ? {} : { rootfs }),
    env: environmentOf(flags, env, problems),
    labels: labelsOf(flags, problems),
    groupAdd: flags["group-add"] ?? [],
    volumes: (flags.volume ?? []).filter(isVolume).map((text) => posix.resolve(text)),
    readonlyRoot: flags["read-only"] === true,
    seccomp,
    stdio,
    network,
    life: lifeOf(flags, problems),
    ...(health === undefined ? {} : { health }),
    log: logOf(flags, problems),
    systemd: flags.systemd ?? "true",
    namesContainers: typeof namespaces.pid === "object" || typeof namespaces.ipc === "object" || network.mode.kind === "container",
  };
  problems.conclude();
  return options;
}

/** A name that is another's cannot be set: docker's words. */
function refuseSharedNames({ uts, hostname, domainname }: RunFlagValues, problems: Problems): void {
  if (uts !== "host") return;
  if (hostname !== undefined) problems.refuse("--hostname", "conflicting options: hostname and the UTS mode");
  if (domainname !== undefined) problems.refuse("--domainname", "conflicting options: domainname and the UTS mode");
}

function bindOf(text: string, problems: Problems): Bind[] {
  const [source = "", destination = "", mode = "rw", ...more] = text.split(":");
  if (source === "" || !destination.startsWith("/") || more.length > 0 || !["ro", "rw"].includes(mode)) {
    problems.refuse("--volume", `${JSON.stringify(text)} is not SRC:DST or SRC:DST:ro with an absolute DST`);
    return [];
  }
  if (!existsSync(resolve(source))) problems.refuse("--volume", `${resolve(source)} does not exist`);
  return [{ source: resolve(source), destination, readonly: mode === "ro" }];
}
