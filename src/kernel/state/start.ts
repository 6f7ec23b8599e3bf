// `start`: tells the process that waits behind start.sock to become the container (runtime-spec runtime.md, "Start").
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { TeuError } from "../../base/errors.ts";
import { failureOf } from "../launch/failure.ts";
import { decodeRecords } from "../launch/records.ts";
import { readConfigCopy } from "./bundle.ts";
import type { RuntimeContext } from "./context.ts";
import { runPoststart } from "./host-hooks.ts";
import { containerDir, readRecord } from "./record.ts";
import { readStartOps } from "./start-ops.ts";
import { readStatus, START_SOCKET } from "./status.ts";

/** The byte that op `acceptStart` waits for. */
const START_BYTE = "S";

/**
 * Starts a created container: returns once its program runs.
 * @throws TeuError `conflict` unless it is `created`; KernelError when the start phase or execve failed.
 */
export async function startContainer(context: RuntimeContext, id: string): Promise<void> {
  const record = readRecord(context.root, id);
  const { status, pid } = readStatus(context.root, id, record);
  if (record === undefined || status !== "created") throw new TeuError("conflict", `start container ${id}: it is ${status}, not created`);
  const dir = containerDir(context.root, id);
  const config = readConfigCopy(dir);
  if (config.process === undefined) {
    process.kill(pid, "SIGKILL"); // there is nothing that it could ever become
    throw new TeuError("invalid", `start container ${id}: process: the configuration names no program to run`);
  }
  const report = await askToStart(dir, id);
  rmSync(join(dir, START_SOCKET), { force: true });
  const failure = failureOf(decodeRecords(report), readStartOps(dir));
  if (failure !== undefined) throw failure;
  try {
    await runPoststart(context, config, { record, pid });
  } catch (error) {
    process.kill(pid, "SIGKILL"); // runtime.md, "Lifecycle", step 9: stop the container
    throw error;
  }
}

/** Sends the start byte and reads what the process reports until it closes the connection, as execve does when it works. */
function askToStart(dir: string, id: string): Promise<Buffer> {
  // Through a descriptor, so that a long --root does not outgrow a socket address (unix(7): 108 bytes).
  const dirFd = openSync(dir, constants.O_RDONLY | constants.O_DIRECTORY);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const parts: Buffer[] = [];
  const socket = connect({ path: `/proc/self/fd/${dirFd}/${START_SOCKET}` }, () => socket.write(START_BYTE));
  socket.on("data", (part: Buffer) => parts.push(part));
  socket.on("error", (cause) =>
    reject(new TeuError("conflict", `start container ${id}: its process does not wait for start: ${cause.message}`, { cause })),
  );
  socket.on("close", () => resolve(Buffer.concat(parts)));
  return promise.finally(() => closeSync(dirFd));
}
