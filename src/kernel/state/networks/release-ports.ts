// A container that runs gives up ports that its monitor has held for it since its start: docs/plan.md, "Attach protocol".
import { closeSync, constants, openSync } from "node:fs";
import { connect } from "node:net";
import { ATTACH_SOCKET } from "../../compile/keeper.ts";
import { portEntry } from "../../netlink/wiring/file.ts";
import type { HeldPort } from "../../netlink/wiring/wiring.ts";
import { encodeFrame, FrameReader, STREAM } from "../attach-frames.ts";
import { containerDir } from "../record.ts";

const PATIENCE_MS = 5000;

/**
 * @param root of the running states
 * @returns those that the monitor has not answered for: it was killed, or is busy
 */
export async function releasePorts(root: string, id: string, ports: readonly HeldPort[]): Promise<readonly HeldPort[]> {
  let answers = 0;
  const reader = new FrameReader((stream) => {
    if (stream === STREAM.release) answers++;
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  // Through a descriptor, so that a long path does not outgrow a socket address (unix(7)).
  const directory = openSync(containerDir(root, id), constants.O_RDONLY | constants.O_DIRECTORY);
  const socket = connect({ path: `/proc/self/fd/${directory}/${ATTACH_SOCKET}` });
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  socket.on("data", (part: Buffer) => {
    reader.feed(part);
    if (answers === ports.length) socket.destroy();
  });
  socket.on("error", () => resolve());
  socket.on("close", () => resolve());
  for (const port of ports) socket.write(encodeFrame(STREAM.release, portEntry(port)));
  await promise.finally(() => closeSync(directory));
  return ports.slice(answers);
}
