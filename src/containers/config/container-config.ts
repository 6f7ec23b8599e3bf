// A container as people ask for it → the OCI configuration that the kernel layer takes. Pure.
import { posix } from "node:path";
import type { CapabilitySets, Mount, Resources, RuntimeConfig, User } from "../../spec/runtime/config.ts";
import { engineDefaults } from "../../spec/runtime/default.ts";
import { OCI_VERSION } from "../../spec/runtime/version.ts";
import { capabilityChange } from "./capability-change.ts";
import type { ContainerHost, ContainerOptions, OwnMount } from "./container-options.ts";
import { deviceNodes, deviceRules } from "./device-list.ts";
import type { SelinuxLabel } from "./isolation.ts";
import { masksOf } from "./masks.ts";
import { namespacesOf } from "./namespaces.ts";
import { standardMounts } from "./standard-mounts.ts";
import { networkSysctls, sysctlsOf } from "./sysctls.ts";

/** The configuration of a container, with everything that docker gives one that asks for nothing else. */
export function containerConfig(options: ContainerOptions, host: ContainerHost): RuntimeConfig {
  const defaults = engineDefaults(host.throttledCpus);
  const namespaces = namespacesOf(options, host);
  return {
    ociVersion: OCI_VERSION,
    root: { path: options.rootfs, readonly: options.readonlyRoot },
    ...(options.uts === "host" ? {} : { hostname: options.hostname }),
    ...(options.domainname === undefined ? {} : { domainname: options.domainname }),
    mounts: [...standardMounts(defaults.mounts, options, host), ...requestedMounts(options)],
    ...(Object.keys(options.annotations ?? {}).length === 0 ? {} : { annotations: options.annotations ?? {} }),
    process: {
      terminal: options.terminal,
      ...(options.consoleSize === undefined ? {} : { consoleSize: options.consoleSize }),
      user: userOf(options, host),
      args: options.args,
      env: environment(defaults.environment, options),
      cwd: options.cwd,
      capabilities: capabilitiesOf(defaults.capabilities, options, host),
      ...(options.rlimits.length === 0 ? {} : { rlimits: options.rlimits }),
      noNewPrivileges: options.noNewPrivileges ?? false,
      ...(options.oomScoreAdj === undefined ? {} : { oomScoreAdj: options.oomScoreAdj }),
      ...(options.apparmor === undefined ? {} : { apparmorProfile: options.apparmor }),
      ...(options.selinux === undefined ? {} : { selinuxLabel: contextOf(options.selinux) }),
    },
    linux: {
      namespaces,
      ...(host.idMaps === undefined ? {} : { uidMappings: host.idMaps.uids, gidMappings: host.idMaps.gids }),
      ...(host.devices === undefined ? {} : { devices: deviceNodes(host) }),
      resources: resourcesOf(options, host),
      ...sysctlsOf({ ...networkSysctls(options, host), ...options.sysctl }, new Set(namespaces.map(({ type }) => type))),
      ...masksOf(options, defaults),
      ...(options.rootfsPropagation === undefined ? {} : { rootfsPropagation: options.rootfsPropagation }),
    },
  };
}

function resourcesOf(options: ContainerOptions, host: ContainerHost): Resources {
  const devices = deviceRules(options, host);
  const { blockIO } = options.resources;
  return {
    ...options.resources,
    ...(host.blockIO === undefined ? {} : { blockIO: { ...blockIO, ...host.blockIO } }),
    ...(devices === undefined ? {} : { devices }),
  };
}

/** An SELinux context; what was not named is what container-selinux gives a container. */
function contextOf({ user = "system_u", role = "system_r", type = "container_t", level = "s0" }: SelinuxLabel): string {
  return `${user}:${role}:${type}:${level}`;
}

/** docker's: PATH, HOSTNAME, TERM with a terminal, HOME; what was asked for comes last and wins. */
function environment(defaults: readonly string[], { hostname, terminal, env, user }: ContainerOptions): string[] {
  const all = [
    ...defaults,
    `HOSTNAME=${hostname}`,
    ...(terminal ? ["TERM=xterm"] : []),
    `HOME=${user.home ?? (user.uid === 0 ? "/root" : "/")}`,
    ...env,
  ];
  const names = all.map((entry) => entry.slice(0, entry.indexOf("=") + 1));
  return all.filter((_, index) => names.lastIndexOf(names[index] ?? "") === index);
}

/** Our files lie in whatever was asked for; one that was asked for is not ours any more. */
function requestedMounts({ mounts, files = [] }: ContainerOptions): Mount[] {
  const asked = new Set(mounts.map(({ destination }) => posix.resolve("/", destination)));
  return [...mounts, ...files.filter(({ destination }) => !asked.has(destination)).map(ownMount)];
}

function ownMount({ source, destination }: OwnMount): Mount {
  return { destination, source, type: "bind", options: ["rbind", "rprivate"] };
}

/**
 * The first group is one of the others too: a file's rules for a group hold for it although the program starts with another one
 * (CVE-2022-36109). Where only one group is mapped the kernel lets nobody set any (user_namespaces(7)).
 */
function userOf({ user, umask }: ContainerOptions, { idMaps }: ContainerHost): User {
  const { uid, gid, additionalGids } = user;
  const [only, ...more] = idMaps?.gids ?? [];
  const denied = only?.size === 1 && more.length === 0;
  return {
    uid,
    gid,
    ...(umask === undefined ? {} : { umask }),
    ...(additionalGids === undefined || denied ? {} : { additionalGids: [gid, ...additionalGids] }),
  };
}

/** A user other than root starts without effective capabilities, as execve(2) would leave it; it keeps the bounding set. */
function capabilitiesOf(
  defaults: CapabilitySets,
  { capAdd, capDrop, user }: ContainerOptions,
  { capabilities }: ContainerHost,
): CapabilitySets {
  const names = capabilityChange(defaults.bounding ?? [], { add: capAdd, drop: capDrop, available: capabilities });
  return user.uid === 0 ? { bounding: names, effective: names, permitted: names } : { bounding: names };
}
