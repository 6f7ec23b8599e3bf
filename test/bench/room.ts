// Where the runtimes are measured. crun refuses a hybrid cgroup host, so all runtimes share a mount namespace
// in which the v2 tree is unmounted; teu is measured outside it too.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";

export interface Room extends AsyncDisposable {
  /** Command words that enter it; none when the host needs no such room. */
  readonly via: readonly string[];
}

const HYBRID = "/sys/fs/cgroup/unified";

/** Opens the room: a process holds the namespace until the room is disposed of. */
export async function openRoom(): Promise<Room> {
  if (!existsSync(HYBRID)) return { via: [], async [Symbol.asyncDispose]() {} };
  const script = `umount ${HYBRID} && echo ready && exec cat`;
  const holder = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  const [greeting] = await Promise.race([once(holder.stdout, "data"), once(holder, "exit")]);
  if (String(greeting).trim() !== "ready") throw new Error(`unmount ${HYBRID} in a mount namespace: ${greeting}`);
  return {
    via: ["nsenter", `--mount=/proc/${holder.pid}/ns/mnt`],
    async [Symbol.asyncDispose]() {
      holder.stdin.end();
      await once(holder, "exit");
    },
  };
}
