// `HostConfig` of an inspected container: what was asked of the host, in docker's terms.
import { parseSize } from "../../base/units.ts";
import { masksOf } from "../config/masks.ts";
import type { ContainerDocument } from "../document/document.ts";
import type { MountRequest } from "../document/mounts.ts";
import type { ContainerRow } from "../state/rows.ts";
import { orNull } from "./command-config.ts";
import { askedBy, bindTexts } from "./mount-points.ts";
import { networkModeText, portBindings } from "./networks.ts";
import { resourceObject } from "./resources.ts";
import { securityTexts } from "./security.ts";

const SHM_SIZE = 64 * 1024 ** 2;

type Defaults = Parameters<typeof masksOf>[1];

export function hostConfig({ document }: Pick<ContainerRow, "document">, defaults: Defaults): Readonly<Record<string, unknown>> {
  const { options, network, life, log, user, mounts } = document;
  const { maskedPaths, readonlyPaths } = masksOf(options, defaults);
  const asked = mounts.filter((mount) => askedBy(mount, "--mount")).map(mountObject);
  const tmpfs = mounts.flatMap((mount) => (mount.kind === "tmpfs" && askedBy(mount, "--tmpfs") ? [mount] : []));
  return {
    Binds: orNull(bindTexts(document)),
    ContainerIDFile: "",
    LogConfig: { Type: log.driver, Config: log.options },
    NetworkMode: networkModeText(network.mode),
    PortBindings: portBindings(network.ports),
    RestartPolicy: { Name: life.restart.name, MaximumRetryCount: life.restart.retries },
    AutoRemove: life.remove,
    VolumeDriver: "",
    VolumesFrom: null,
    ConsoleSize: [0, 0],
    ...(Object.keys(options.annotations ?? {}).length === 0 ? {} : { Annotations: options.annotations }),
    CapAdd: orNull(options.capAdd),
    CapDrop: orNull(options.capDrop),
    CgroupnsMode: options.cgroupns ?? "private",
    Dns: network.dns,
    DnsOptions: network.dnsOptions,
    DnsSearch: network.dnsSearch,
    ExtraHosts: orNull(network.extraHosts),
    GroupAdd: orNull(user.groupAdd),
    IpcMode: namespaceText(options.ipc, "private"),
    Cgroup: "",
    Links: null,
    OomScoreAdj: options.oomScoreAdj ?? 0,
    PidMode: namespaceText(options.pid, ""),
    Privileged: options.privileged === true,
    PublishAllPorts: network.publishAll,
    ReadonlyRootfs: options.readonlyRoot,
    SecurityOpt: orNull(securityTexts(document)),
    ...(tmpfs.length === 0
      ? {}
      : { Tmpfs: Object.fromEntries(tmpfs.map(({ destination, options: words }) => [destination, words.join(",")])) }),
    UTSMode: options.uts ?? "",
    UsernsMode: usernsText(options.userns),
    ShmSize: options.shmSize ?? SHM_SIZE,
    ...(options.sysctl === undefined ? {} : { Sysctls: options.sysctl }),
    Runtime: "teu",
    Isolation: "",
    ...resourceObject(options),
    ...(life.init ? { Init: true } : {}),
    ...(asked.length === 0 ? {} : { Mounts: asked }),
    MaskedPaths: options.privileged === true ? null : maskedPaths,
    ReadonlyPaths: options.privileged === true ? null : readonlyPaths,
  };
}

/** As the flag takes it. */
function namespaceText(mode: string | { readonly container: string } | undefined, none: string): string {
  if (mode === undefined) return none;
  return typeof mode === "string" ? mode : `container:${mode.container}`;
}

function usernsText(mode: ContainerDocument["options"]["userns"]): string {
  if (mode === undefined) return "";
  switch (mode.kind) {
    case "keep-id":
      return `keep-id${pairs({ uid: mode.uid, gid: mode.gid })}`;
    case "auto":
      return `auto${pairs({ size: mode.size })}`;
    case "remap":
      return `remap:${mode.user}`;
    default:
      return mode.kind;
  }
}

function pairs(values: Readonly<Record<string, number | undefined>>): string {
  const given = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
  return given.length === 0 ? "" : `:${given.join(",")}`;
}

/** What `--mount` said, in the fields of docker's API. */
function mountObject(mount: MountRequest): Readonly<Record<string, unknown>> {
  const { kind: Type, destination: Target, readonly } = mount;
  const common = { Type, Target, ...(readonly ? { ReadOnly: true } : {}) };
  switch (mount.kind) {
    case "bind":
      return { ...common, Source: mount.source, ...nonEmpty("BindOptions", bindOptions(mount)) };
    case "volume":
      return { ...common, ...(mount.anonymous ? {} : { Source: mount.name }), ...nonEmpty("VolumeOptions", volumeOptions(mount)) };
    case "tmpfs":
      return { ...common, ...nonEmpty("TmpfsOptions", tmpfsOptions(mount)) };
    case "image":
      return { ...common, Source: mount.name, ...nonEmpty("ImageOptions", subpathOf(mount)) };
  }
}

function nonEmpty(name: string, object: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.keys(object).length === 0 ? {} : { [name]: object };
}

const subpathOf = ({ subpath }: { readonly subpath?: string }) => (subpath === undefined ? {} : { Subpath: subpath });

function bindOptions(mount: Extract<MountRequest, { readonly kind: "bind" }>): Readonly<Record<string, unknown>> {
  return {
    ...(mount.propagation === undefined ? {} : { Propagation: mount.propagation }),
    ...(mount.recursive ? {} : { NonRecursive: true }),
    ...(mount.readonlyRecursive ? { ReadOnlyForceRecursive: true } : {}),
  };
}

/** Bytes, and the mode as a number. */
function tmpfsOptions({ options }: Extract<MountRequest, { readonly kind: "tmpfs" }>): Readonly<Record<string, unknown>> {
  const textOf = (name: string) => options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
  const [size, mode] = [textOf("size"), textOf("mode")];
  return {
    ...(size === undefined ? {} : { SizeBytes: parseSize(size) }),
    ...(mode === undefined ? {} : { Mode: Number.parseInt(mode, 8) }),
  };
}

function volumeOptions(mount: Extract<MountRequest, { readonly kind: "volume" }>): Readonly<Record<string, unknown>> {
  const { driver, driverOptions, labels, copy } = mount;
  const hasDriver = driver !== undefined || Object.keys(driverOptions).length > 0;
  return {
    ...(copy ? {} : { NoCopy: true }),
    ...nonEmpty("Labels", labels),
    ...(hasDriver ? { DriverConfig: { Name: driver ?? "local", Options: driverOptions } } : {}),
    ...subpathOf(mount),
  };
}
