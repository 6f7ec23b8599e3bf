// `restore`: a container made again from what `checkpoint` saved. Its cgroup, with limits and device rules, is made from the configuration as
// for a new one; all else is criu's work. Nobody stays with it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import type { RuntimeConfig } from "../../spec/runtime/config.ts";
import { planCgroup } from "../cgroup/plan.ts";
import { type Op, op, Registers } from "../plan/plan.ts";
import { MOUNT_ATTR, MS, OPEN_TREE_CLONE } from "../tables/mount-flags.ts";
import { namespaceFacts } from "../tables/namespaces.ts";
import { AT, OPEN_COMMON, S_IF } from "../tables/open-flags.ts";
import { PR } from "../tables/process-flags.ts";
import type { Bundle } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { type CriuOptions, type CriuRun, makePrivateDirectory, runCriu } from "./criu.ts";
import { readMounts } from "./criu-images.ts";
import { checkRestorable } from "./criu-limits.ts";
import { externalMounts, lostRestraints, NULL_DEVICE, restoreMounts } from "./criu-mounts.ts";
import { readSavedStreams, restoreStreams } from "./criu-stdio.ts";
import { deleteContainer } from "./delete.ts";
import { completeRecord, recordOf } from "./launch-container.ts";
import { prepare } from "./prepare.ts";
import { type ContainerRecord, makeContainerDir, readPid, removeContainerDir, writeRecord, writeWhole } from "./record.ts";
import { claimCgroups } from "./release.ts";

export interface RestoreOptions extends CriuOptions {
  /** Absolute path of a file that the process's pid is written to. */
  readonly pidFile?: string;
}

/** Nobody stays with a restored container, and it is given nothing but its standard streams. */
const CREATE_OPTIONS = { keeper: "detach", preserveFds: 0, noPivot: false, noNewKeyring: false } as const;

/**
 * Restores a container under a name that may be another: returns when it runs.
 * @throws TeuError `conflict` when the name or its cgroup is taken; `unsupported` as checkpoint does; `unavailable` when criu fails: nothing of
 *   the container is then left
 */
export async function restoreContainer(context: RuntimeContext, bundle: Bundle, options: RestoreOptions): Promise<void> {
  const { id, imagePath, workPath, pidFile } = options;
  checkRestorable(`restore container ${id}`, bundle.config, context);
  const streams = readSavedStreams(imagePath);
  const mounts = readMounts(imagePath);
  const prepared = prepare(context, bundle, { id, ...CREATE_OPTIONS });
  for (const warning of prepared.facts.warnings) context.warn(warning);
  if (workPath !== undefined) makePrivateDirectory(workPath);
  const record = recordOf(context, prepared, { id, noNewKeyring: false });
  const dir = makeContainerDir(context.root, id, record.creator);
  try {
    writeWhole(join(dir, "config.json"), prepared.text);
    await claimCgroups(record);
  } catch (error) {
    removeContainerDir(context.root, id); // a cgroup that is another's stays
    throw error;
  }
  try {
    writeRecord(dir, record);
    await runCriu(context, restoreRun(context, bundle, { options, record, dir, streams }));
    completeRecord({ dir, record });
    const pid = restoredPid(dir, id);
    checkMounts(id, mounts, pid);
    if (pidFile !== undefined) writeWhole(pidFile, String(pid));
  } catch (error) {
    await deleteContainer(context, id, { force: true });
    throw error;
  }
}

interface Restoring {
  readonly options: RestoreOptions;
  readonly record: ContainerRecord;
  readonly dir: string;
  readonly streams: readonly string[];
}

function restoreRun(context: RuntimeContext, { config, path }: Bundle, { options, record, dir, streams }: Restoring): CriuRun {
  const registers = new Registers();
  const facts = context.facts();
  const { cgroupsPath, resources } = config.linux ?? {};
  const cgroup = planCgroup({ id: record.id, path: cgroupsPath, resources, facts }, registers);
  const below = record.cgroups.unified?.slice(facts.cgroup.v2?.mountpoint.length);
  return {
    ...options,
    action: "restore",
    words: [
      ...["--restore-detached", "--root", record.rootfs, "--pidfile", join(dir, "pid")],
      ...(below === undefined ? [] : ["--cgroup-root", below]),
      ...restoreMounts(externalMounts(config, { bundle: path })),
      ...restoreStreams(streams),
    ],
    before: [
      ...cgroup.before,
      ...rootOps(record.rootfs, registers),
      ...maskSourceOps(config, registers),
      ...inheritedOps(config, record.id),
    ],
    registers,
  };
}

/**
 * criu wants a mount point for a root: the root file system is bound onto itself, in a mount namespace of criu's own, so that nothing is left
 * on the host whoever is killed when.
 */
function rootOps(rootfs: string, registers: Registers): Op[] {
  const policy = { from: "root.path", subject: `root file system ${rootfs}` };
  const [below, root] = [registers.named("rootfs"), registers.named("root")];
  const everything = { dir: undefined, path: "/", flags: AT.RECURSIVE, set: 0, clear: 0, userns: undefined };
  return [
    op("unshare", { flags: namespaceFacts("mount").flag }, "criu"),
    op("mountSetattr", { ...everything, propagation: MS.PRIVATE }, "criu"),
    op("open", { dir: undefined, path: `${rootfs}/`, flags: OPEN_COMMON.O_PATH, mode: 0, out: below }, policy),
    op("openTree", { dir: below, path: "", flags: AT.EMPTY_PATH | AT.RECURSIVE | OPEN_TREE_CLONE, out: root }, policy),
    op("moveMount", { from: root, to: below, flags: 0 }, policy),
  ];
}

/**
 * Gives criu's own null device the flags that a mask's has, as criu sets them on the first of a container's masks alone: the others have the
 * flags of the mount that they are bound from.
 */
function maskSourceOps(config: RuntimeConfig, registers: Registers): Op[] {
  if ((config.linux?.maskedPaths ?? []).length === 0) return [];
  const policy = { from: "linux.maskedPaths", subject: NULL_DEVICE };
  const [device, file] = [registers.named("null device"), registers.named("mask file")];
  const attr = MOUNT_ATTR.RDONLY | MOUNT_ATTR.NOSUID | MOUNT_ATTR.NOEXEC;
  return [
    op("open", { dir: undefined, path: NULL_DEVICE, flags: OPEN_COMMON.O_PATH, mode: 0, out: device }, policy),
    op("checkDevice", { fd: device, type: S_IF.CHR, major: 1, minor: 3 }, policy),
    op("openTree", { dir: device, path: "", flags: AT.EMPTY_PATH | OPEN_TREE_CLONE, out: file }, policy),
    op("mountSetattr", { dir: file, path: "", flags: 0, set: attr, clear: 0, propagation: 0, userns: undefined }, policy),
    op("moveMount", { from: file, to: device, flags: 0 }, policy),
  ];
}

/** What criu does not save, and its children have from it: a session keyring that is not the caller's, and no_new_privs. */
function inheritedOps(config: RuntimeConfig, id: string): Op[] {
  const keyring = op("keyring", { name: `_ses.${id}` }, { from: "keyring", tolerate: ["ENOSYS", "EPERM", "EDQUOT"] });
  if (config.process?.noNewPrivileges !== true) return [keyring];
  return [keyring, op("prctl", { option: PR.SET_NO_NEW_PRIVS, a: 1, b: 0, c: 0, d: 0 }, "process.noNewPrivileges")];
}

function restoredPid(dir: string, id: string): number {
  const pid = readPid(dir);
  if (pid === undefined) throw new TeuError("internal", `restore container ${id}: criu ended well, and wrote no pid to ${dir}`);
  return pid;
}

/** @throws TeuError `unsupported` when a mount of the restored container holds it back less than it did */
function checkMounts(id: string, before: string, pid: number): void {
  const lost = lostRestraints(before, readFileSync(`/proc/${pid}/mountinfo`, "utf8"));
  if (lost.length > 0) throw new TeuError("unsupported", `restore container ${id}: criu did not restore the flags of ${lost.join(", ")}`);
}
