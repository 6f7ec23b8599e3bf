// `checkpoint`: a running container's processes saved as images of criu(8), as runc has it: the container is deleted afterwards, unless it is
// to run on.
import { readFileSync } from "node:fs";
import { TeuError } from "../../base/errors.ts";
import { op, Registers } from "../plan/plan.ts";
import { readConfigCopy } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { type CriuOptions, makePrivateDirectory, runCriu } from "./criu.ts";
import { writeMounts } from "./criu-images.ts";
import { checkRestorable } from "./criu-limits.ts";
import { dumpMounts, externalMounts, unrestorable } from "./criu-mounts.ts";
import { dumpStreams, readStreams, writeStreams } from "./criu-stdio.ts";
import { deleteContainer } from "./delete.ts";
import { findContainer } from "./query.ts";
import { containerDir } from "./record.ts";

/** Images hold the container's memory: nobody's but root's. */
const PRIVATE_UMASK = 0o077;

export interface CheckpointOptions extends CriuOptions {
  readonly leaveRunning: boolean;
}

/**
 * Saves a container.
 * @throws TeuError `conflict` unless it is running; `unsupported` for what could not be restored, and without criu; `unavailable` when criu fails:
 *   the container then runs on
 */
export async function checkpointContainer(context: RuntimeContext, options: CheckpointOptions): Promise<void> {
  const { id, imagePath, workPath, leaveRunning } = options;
  const subject = `checkpoint container ${id}`;
  const { record, status } = findContainer(context, id);
  if (status.status !== "running") throw new TeuError("conflict", `${subject}: it is ${status.status}, not running`);
  const config = readConfigCopy(containerDir(context.root, id));
  checkRestorable(subject, config, context);
  if (record.layered === true)
    throw new TeuError("unsupported", `${subject}: its root is made of an image's layers, which restore does not stack`);
  if (record.unit !== undefined) throw new TeuError("unsupported", `${subject}: it is in the systemd unit ${record.unit}`);
  const streams = readStreams(status.pid);
  const mountinfo = readFileSync(`/proc/${status.pid}/mountinfo`, "utf8");
  const mounts = externalMounts(config, { bundle: record.bundle, mountinfo });
  const twice = unrestorable(mounts, mountinfo);
  if (twice.length > 0)
    throw new TeuError("unsupported", `${subject}: criu would not restore the flags of ${twice.join(", ")}, which show the same`);
  for (const path of [imagePath, workPath]) if (path !== undefined) makePrivateDirectory(path);
  writeStreams(imagePath, streams);
  writeMounts(imagePath, mountinfo);
  await runCriu(context, {
    ...options,
    action: "dump",
    words: [
      ...["--tree", String(status.pid), "--root", record.rootfs],
      ...dumpMounts(mounts),
      ...dumpStreams(streams),
      ...(leaveRunning ? ["--leave-running"] : []),
    ],
    before: [op("umask", { mask: PRIVATE_UMASK }, "images")],
    registers: new Registers(),
  });
  if (!leaveRunning) await deleteContainer(context, id, { force: true });
}
