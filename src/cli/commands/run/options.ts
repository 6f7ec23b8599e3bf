// What the flags of `run` and `create` make of a container. Every problem of a command line is collected, so that people see all of them at once.
import type { DocumentOptions, StdioSettings } from "../../../containers/document/document.ts";
import type { LifeSettings } from "../../../containers/document/life.ts";
import type { LogSettings } from "../../../containers/document/log.ts";
import type { NetworkSettings } from "../../../containers/document/network.ts";
import type { AskedMounts } from "../../../engine/volumes/complete.ts";
import { DEFAULT_NETWORK } from "../../../network/model/network.ts";
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
import { namesOthers, networkOf } from "./network.ts";
import { processOf } from "./process.ts";
import { refuseFlags } from "./refused.ts";
import { resourcesOf } from "./resources.ts";
import { type SecurityParts, securityOf } from "./security.ts";
import { storageOf } from "./storage.ts";
import { annotationsOf, environmentOf, labelsOf } from "./values.ts";

/** Everything that the flags say by themselves; what an image has a say in is still apart. */
export interface FlagOptions {
  readonly container: Omit<DocumentOptions, "args" | "env" | "cwd" | "readonlyRoot" | "systemd">;
  readonly storage: AskedMounts;
  /** `--rootfs`, absolute. */
  readonly rootfs?: string;
  /** `NAME=VALUE`, or `NAME` to have none. */
  readonly env: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly groupAdd: readonly string[];
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

export interface Surroundings extends Pick<CliContext, "env"> {
  /** What `--network` is where it is not given. */
  readonly network?: string;
}

/**
 * Reads the flags.
 * @throws InvalidInputError with everything that is wrong with their values
 */
export function readRunFlags(flags: RunFlagValues, { env, network: usual = DEFAULT_NETWORK }: Surroundings): FlagOptions {
  const problems = new Problems();
  refuseFlags(flags, problems);
  const { seccomp, ...security } = securityOf(flags, problems);
  const { stdio, ...process } = processOf(flags, problems);
  const namespaces = namespacesOf(flags, problems);
  const network = networkOf(flags, problems, usual);
  refuseSharedNames(flags, problems);
  const health = healthOf(flags, problems);
  const rootfs = rootfsOf(flags, problems);
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
    storage: storageOf(flags, problems),
    ...(rootfs === undefined ? {} : { rootfs }),
    env: environmentOf(flags, env, problems),
    labels: labelsOf(flags, problems),
    groupAdd: flags["group-add"] ?? [],
    readonlyRoot: flags["read-only"] === true,
    seccomp,
    stdio,
    network,
    life: lifeOf(flags, problems),
    ...(health === undefined ? {} : { health }),
    log: logOf(flags, problems),
    systemd: flags.systemd ?? "true",
    namesContainers: typeof namespaces.pid === "object" || typeof namespaces.ipc === "object" || namesOthers(network.mode),
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
