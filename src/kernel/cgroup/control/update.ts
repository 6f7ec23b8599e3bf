// `update`: new limits for a running container (runtime verb; config-linux.md "Control groups"). All or nothing: limits
// first, device rules last, and what was there before comes back when any of it is refused.
import { TeuError } from "../../../base/errors.ts";
import type { Resources } from "../../../spec/runtime/config.ts";
import { type DevicePolicy, devicePolicy } from "../devices/rules.ts";
import { deviceTransition, isDisruptive } from "../devices/transition.ts";
import { cgroupSettings } from "../settings.ts";
import { deviceProgram } from "../v2/device-program.ts";
import type { CgroupWrite } from "../write.ts";
import { withCurrentValues } from "./current.ts";
import { type CgroupPaths, kernelError, readText, writeValue } from "./files.ts";
import { freeze, isFrozen, thaw } from "./freeze.ts";
import { applyWrites, type LiveWrite } from "./transaction.ts";

export interface CgroupUpdate {
  readonly paths: CgroupPaths;
  /** What is to change; fields that are not there stay as they are. */
  readonly resources: Resources;
  /** The container's rules until now (its stored configuration), for the step from them to new ones. */
  readonly devices: Resources["devices"];
  /** No program can be loaded and no v1 list written: device rules are passed over, as they are by `create`. */
  readonly rootless: boolean;
  /**
   * Runs a plan with op `deviceProgram`, `replace: 1`, on a v2 directory. The op attaches the new program before it takes
   * the old one away, so a failure leaves the old one enforced.
   */
  readonly replaceProgram: (directory: string, program: Uint8Array) => Promise<void>;
  /** A last step that has to succeed too: the systemd driver tells systemd, which else would write the old values again. */
  readonly settle?: () => Promise<void>;
}

/**
 * Sets the new values.
 * @throws InvalidInputError, TeuError `unsupported` as planCgroup does, before anything is touched
 * @throws TeuError `conflict` for a memory limit below what is used, with checkBeforeUpdate
 * @throws KernelError for a value that the kernel refuses; the values before, and the device rules, hold again then
 */
export async function updateCgroup(update: CgroupUpdate): Promise<void> {
  const { paths } = update;
  const { unified, ...v1 } = paths;
  const resources = withCurrentValues(update.resources, paths);
  const controllers = unified === undefined ? [] : (readText(`${unified}/cgroup.controllers`) ?? "").trim().split(" ");
  const available = { v1: new Set(Object.keys(v1)), v2: new Set(controllers), why: "is not there in this container's cgroup" };
  const settings = cgroupSettings(resources, available);
  const before = devicePolicy(update.devices);
  const after = resources.devices === undefined || update.rootless ? before : devicePolicy(resources.devices);

  const undos: (() => void | Promise<void>)[] = [applyWrites([...settings.v1, ...settings.v2].map((write) => live(write, paths)))];
  try {
    if (after !== before) {
      await updateDevices(update, { from: before, to: after });
      undos.push(() => updateDevices(update, { from: after, to: before }));
    }
    await update.settle?.();
  } catch (error) {
    for (const undo of undos.toReversed()) await settled(undo);
    throw error;
  }
}

/** Whatever an undo has to say, the error that made it necessary is the one to tell. */
async function settled(undo: () => void | Promise<void>): Promise<void> {
  try {
    await undo();
  } catch {
    // told by the error before
  }
}

interface DeviceStep {
  readonly from: DevicePolicy;
  readonly to: DevicePolicy;
}

async function updateDevices({ paths, replaceProgram }: CgroupUpdate, { from, to }: DeviceStep): Promise<void> {
  if (paths.devices !== undefined) updateList(paths, { from, to });
  else if (paths.unified !== undefined) await replaceProgram(paths.unified, deviceProgram(to));
  else throw new TeuError("unsupported", "update the device rules: linux.resources.devices: the container has no cgroup");
}

function live(write: Omit<LiveWrite, "directory">, paths: CgroupPaths): LiveWrite {
  return { ...write, directory: paths[write.controller] ?? paths.unified ?? "" };
}

/** v1: the container does not see the moment in which the list is rewritten, since it is frozen meanwhile. */
function updateList(paths: CgroupPaths, { from, to }: DeviceStep): void {
  const still = isDisruptive(from, to) && isFrozen(paths) === false;
  if (still) freeze(paths);
  try {
    applyList(paths.devices ?? "", { writes: deviceTransition(from, to), undo: deviceTransition(to, from) });
  } finally {
    if (still) thaw(paths);
  }
}

interface ListChange {
  readonly writes: readonly CgroupWrite[];
  /** Harmless for what was not written yet: each line gives or takes exactly what its counterpart took or gave. */
  readonly undo: readonly CgroupWrite[];
}

function applyList(directory: string, { writes, undo }: ListChange): void {
  try {
    for (const { file, data } of writes) writeValue(`${directory}/${file}`, data);
  } catch (error) {
    for (const { file, data } of undo) takeBack(`${directory}/${file}`, data);
    throw kernelError(`write the device list of ${directory}`, error, "linux.resources.devices");
  }
}

/** What refuses to be taken back was refused before, too: a change of the default while there are cgroups below (EINVAL). */
function takeBack(path: string, data: string): void {
  try {
    writeValue(path, data);
  } catch {
    // the first error is the one to tell
  }
}
