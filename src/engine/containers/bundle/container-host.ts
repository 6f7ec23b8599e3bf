// What of the host a container's configuration depends on, found out at each of its starts: what its document asks for by name (devices, other
// containers) becomes numbers and paths. What few containers ask for is loaded for those alone.
import { existsSync, readdirSync } from "node:fs";
import { TeuError } from "../../../base/errors.ts";
import type { ContainerHost } from "../../../containers/config/container-options.ts";
import type { IsolationOptions } from "../../../containers/config/isolation.ts";
import { rootlessMaps } from "../../../containers/config/rootless-maps.ts";
import type { NetworkMode } from "../../../containers/document/network.ts";
import type { IdMaps } from "../../../kernel/state/side-plan.ts";
import type { Engine } from "../../engine.ts";
import { grantableCapabilities } from "./grantable-capabilities.ts";

/** What of a document decides it. */
export interface HostRequest {
  readonly options: IsolationOptions;
  readonly network: NetworkMode;
  /** Chosen when it was made: another user namespace than every container of this caller has. */
  readonly maps: IdMaps | undefined;
}

/** @throws TeuError where what is asked for is not there */
export async function containerHost(engine: Engine, { options, network, maps }: HostRequest): Promise<ContainerHost> {
  const facts = engine.runtime.facts();
  const { pid, ipc, devices, blockDevices, deviceRules, privileged } = options;
  if (facts.rootless && deviceRules !== undefined)
    throw new TeuError(
      "unsupported",
      "allow devices by --device-cgroup-rule: there is no device cgroup without root, and no rule to add to",
    );
  const joins = typeof pid === "object" || typeof ipc === "object" || network.kind === "container" || network.kind === "namespace";
  const joined = joins ? (await import("./joined-namespaces.ts")).joinedNamespaces(engine, options, network) : {};
  const idMaps = joined.idMaps ?? maps ?? rootlessMaps(facts);
  const found =
    devices === undefined && blockDevices === undefined && !privileged ? {} : (await import("./host-devices.ts")).hostDevices(options);
  return {
    rootless: facts.rootless,
    capabilities: new Set(grantableCapabilities(facts)),
    throttledCpus: throttledCpus(),
    ...(idMaps === undefined ? {} : { idMaps }),
    ...(joined.paths === undefined ? {} : { joined: joined.paths }),
    ...(ipc === "host" ? { hasMqueue: existsSync("/dev/mqueue") } : {}),
    ...found,
  };
}

const CPU_DIRECTORY = "/sys/devices/system/cpu";

/** CPUs whose thermal_throttle directory tells of the load of others. */
function throttledCpus(): number[] {
  const cpus = readdirSync(CPU_DIRECTORY).flatMap((name) => /^cpu(\d+)$/.exec(name)?.[1] ?? []);
  return cpus.filter((number) => readdirSync(`${CPU_DIRECTORY}/cpu${number}`).includes("thermal_throttle")).map(Number);
}
