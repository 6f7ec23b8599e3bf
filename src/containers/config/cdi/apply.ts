// Edits of CDI specifications, made to an OCI configuration (Container Device Interface 1.0, SPEC.md, "OCI Edits"). Pure.
import type { Device, DeviceRule, Hook, Hooks, Mount, RuntimeConfig } from "../../../spec/runtime/config.ts";
import { HOOK_KINDS } from "../../../spec/runtime/names.ts";
import { CDI_NAME } from "./name.ts";
import type { CdiEdits, CdiMount, CdiNode, CdiSpec } from "./spec.ts";

/**
 * The edits that devices come with: each device's, and those of its specification once.
 * @param specs a later one's device stands in place of an earlier one's of the same name
 */
export function editsOf(
  names: readonly string[],
  specs: readonly CdiSpec[],
): { readonly edits: readonly CdiEdits[]; readonly missing: readonly string[] } {
  const found = new Map<CdiSpec, CdiEdits[]>();
  const missing: string[] = [];
  for (const name of names) {
    const [, kind, device] = CDI_NAME.exec(name) ?? [];
    const spec = specs.findLast((one) => one.kind === kind && one.devices.some((known) => known.name === device));
    const own = spec?.devices.find((known) => known.name === device)?.containerEdits;
    if (spec === undefined || own === undefined) missing.push(name);
    else found.set(spec, [...(found.get(spec) ?? (spec.containerEdits === undefined ? [] : [spec.containerEdits])), own]);
  }
  return { edits: [...found.values()].flat(), missing };
}

/** A node of which the host's own says what the specification leaves out. */
export type WholeNode = CdiNode & Required<Pick<CdiNode, "type">>;

/** @param nodeOf what is known of a node, with the host's facts */
export function applyCdi(config: RuntimeConfig, edits: readonly CdiEdits[], nodeOf: (node: CdiNode) => WholeNode): RuntimeConfig {
  const nodes = edits.flatMap(({ deviceNodes = [] }) => deviceNodes).map(nodeOf);
  const env = edits.flatMap((edit) => edit.env ?? []);
  const names = new Set(env.map((entry) => entry.slice(0, entry.indexOf("=") + 1)));
  const kept = (config.process?.env ?? []).filter((entry) => !names.has(entry.slice(0, entry.indexOf("=") + 1)));
  const places = new Set(nodes.map(({ path }) => path));
  const { linux, process, mounts = [] } = config;
  const gids = edits.flatMap(({ additionalGids = [] }) => additionalGids);
  const user = process?.user;
  const rules = linux?.resources?.devices;
  return {
    ...config,
    mounts: [...mounts, ...edits.flatMap((edit) => edit.mounts ?? []).map(mountOf)],
    hooks: hooksOf(
      config.hooks,
      edits.flatMap(({ hooks = [] }) => hooks),
    ),
    ...(process === undefined
      ? {}
      : {
          process: {
            ...process,
            env: [...kept, ...env],
            ...(user === undefined || gids.length === 0
              ? {}
              : { user: { ...user, additionalGids: [...new Set([...(user.additionalGids ?? []), ...gids])] } }),
          },
        }),
    linux: {
      ...linux,
      devices: [...(linux?.devices ?? []).filter(({ path }) => !places.has(path)), ...nodes.map(deviceOf)],
      // Where there is no list there is no device cgroup to enforce one.
      ...(rules === undefined ? {} : { resources: { ...linux?.resources, devices: [...rules, ...nodes.map(ruleOf)] } }),
    },
  };
}

function mountOf({ hostPath, containerPath, type = "none", options = [] }: CdiMount): Mount {
  const bound = options.includes("bind") || options.includes("rbind");
  return { destination: containerPath, source: hostPath, type, options: type === "none" && !bound ? ["rbind", ...options] : options };
}

function deviceOf({ path, type, major, minor, fileMode, uid, gid }: WholeNode): Device {
  return {
    path,
    type,
    ...(major === undefined ? {} : { major }),
    ...(minor === undefined ? {} : { minor }),
    ...(fileMode === undefined ? {} : { fileMode }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  };
}

function ruleOf({ type, major, minor, permissions = "rwm" }: WholeNode): DeviceRule {
  return { allow: true, type, ...(major === undefined ? {} : { major }), ...(minor === undefined ? {} : { minor }), access: permissions };
}

function hooksOf(own: Hooks = {}, added: NonNullable<CdiEdits["hooks"]>): Hooks {
  const entries = HOOK_KINDS.map((kind): readonly [string, readonly Hook[]] => [
    kind,
    [...(own[kind] ?? []), ...added.filter(({ hookName }) => hookName === kind).map(({ hookName: _kind, ...hook }) => hook)],
  ]);
  return Object.fromEntries(entries.filter(([, hooks]) => hooks.length > 0));
}
